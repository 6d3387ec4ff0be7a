import type { Emulator } from '../emulator.ts';
import { addService, listen, loadProtos, newServer } from '../grpc/server.ts';
import { billed } from './billing.ts';
import type { Target } from './queue.ts';
import { newQueue } from './queue-wire.ts';
import { cloudTasks } from './service.ts';
import { type StoreOptions, TaskStore } from './store.ts';
import type { RateLimits, RetryConfig } from './types.ts';

export interface TasksOptions extends StoreOptions {
  /** 0 lets the system choose. */
  readonly port?: number;
  /** Queues to make, or to change where they are kept; others stay as they are. */
  readonly queues?: readonly DeployedQueue[];
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

/**
 * Serves google.cloud.tasks.v2 over gRPC for the official client, which has no variable of its own for an emulator: pass
 * it `apiEndpoint`, `port` and insecure `sslCreds`. Backoffs run `timeScale` times faster; schedule times are real, since
 * they stand for moments that others keep to as well.
 * {@link https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2}
 */
export async function startTasks({
  port = 0,
  queues = [],
  ...options
}: TasksOptions = {}): Promise<Emulator> {
  const store = new TaskStore(options);
  // At once: tasks that were kept may be due.
  for (const { name, target, rate, retry } of queues) {
    const picked = newQueue(name);
    const config = { ...picked, rate: { ...picked.rate, ...rate }, retry: { ...picked.retry, ...retry } };
    store.deploy(config, target);
  }
  const server = newServer();
  const root = loadProtos('@google-cloud/tasks', 'protos.json');
  const handlers = cloudTasks(store);
  const { meter } = options;
  addService(server, root, 'google.cloud.tasks.v2.CloudTasks', meter ? billed(handlers, meter) : handlers);
  const emulator = await listen(server, port);
  return {
    ...emulator,
    async stop() {
      await emulator.stop();
      await store.stop();
    },
  };
}
