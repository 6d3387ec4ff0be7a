import type { Emulator } from '../emulator.ts';
import { addService, listen, loadProtos, newServer } from '../grpc/server.ts';
import type { Target } from './queue.ts';
import { newQueue } from './queue-wire.ts';
import { cloudTasks } from './service.ts';
import { type StoreOptions, TaskStore } from './store.ts';
import type { RateLimits, RetryConfig } from './types.ts';

export interface TasksOptions extends StoreOptions {
  /** 0 lets the system choose. */
  readonly port?: number;
}

/** A queue as a deployment makes it. */
export interface DeployedQueue {
  /** projects/P/locations/L/queues/Q */
  readonly name: string;
  /** Where its tasks go whatever their URLs say, as with a queue's `uriOverride`; undefined while nobody is there. */
  readonly target: Target;
  readonly rate?: Partial<RateLimits>;
  readonly retry?: Partial<RetryConfig>;
}

export interface TasksEmulator extends Emulator {
  /** Makes or changes the queue. */
  deploy(queue: DeployedQueue): void;
}

/**
 * Serves google.cloud.tasks.v2 over gRPC for the official client, which has no variable of its own for an emulator: pass
 * it `apiEndpoint`, `port` and insecure `sslCreds`. Backoffs run `timeScale` times faster; schedule times are real, since
 * they stand for moments that others keep to as well.
 * {@link https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2}
 */
export async function startTasks({ port = 0, ...options }: TasksOptions = {}): Promise<TasksEmulator> {
  const store = new TaskStore(options);
  const server = newServer();
  const root = loadProtos('@google-cloud/tasks', 'protos.json');
  addService(server, root, 'google.cloud.tasks.v2.CloudTasks', cloudTasks(store));
  const emulator = await listen(server, port);
  return {
    ...emulator,
    deploy: ({ name, target, rate, retry }) => {
      const { rate: rateBefore, retry: retryBefore, ...rest } = newQueue(name);
      store.deploy(
        { ...rest, rate: { ...rateBefore, ...rate }, retry: { ...retryBefore, ...retry } },
        target,
      );
    },
    async stop() {
      await emulator.stop();
      await store.stop();
    },
  };
}
