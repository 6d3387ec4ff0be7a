import { join } from 'node:path';
import { workerSubscription } from '../../eventarc/names.ts';
import type { Wiring } from '../../eventarc/wiring.ts';
import type { Emulator } from '../emulator.ts';
import type { Meter } from '../meter/meter.ts';
import { Child } from './child.ts';
import { childEnvironment } from './environment.ts';
import type { Used } from './instances.ts';
import type { Log } from './log.ts';
import type { HostedWorker } from './protocol.ts';

export interface FunctionsOptions {
  /** Of the shared child; 0 lets the system choose. Isolated steps always get ports from the system. */
  readonly port?: number;
  /** Folder that holds `functions/<step>/index.ts`. */
  readonly root: string;
  readonly wiring: Pick<Wiring, 'steps'> & Partial<Pick<Wiring, 'triggers'>>;
  /** Variables for every step: project and emulator addresses. They win over a step's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** A process per step instead of one for all. */
  readonly isolate?: boolean;
  /** Told of requests and of the time of instances that they would have taken. */
  readonly meter?: Meter;
  readonly log: Log;
}

export interface FunctionsEmulator extends Emulator {
  /** 0 while the child is not listening, and always where every step has a port of its own. */
  readonly port: number;
  /** Where the step takes requests; undefined while it is starting, restarting or impossible to load. */
  endpoint(step: string): URL | undefined;
  /** Resolves once every step is loaded or has failed to load. */
  ready(): Promise<void>;
  /** Steps that could not be loaded, with the reason. */
  readonly failures: ReadonlyMap<string, string>;
  /** SIGKILL for the process of `step`, or for all of them. They start again. */
  kill(step?: string): void;
  /** Resolves once the meter has been told of everything until now. */
  measured(): Promise<void>;
  /** How often a child has been started again. */
  readonly restarts: number;
}

/** vCPUs by MiB of memory up to so many, as terraform/modules/step/main.tf gives them. */
const PROCESSORS: readonly (readonly [upTo: number, processors: number])[] = [
  [4096, 1],
  [8192, 2],
  [16_384, 4],
  [24_576, 6],
];
const processorsFor = (memory: number): number => PROCESSORS.find(([upTo]) => memory <= upTo)?.[1] ?? 8;

/** A worker for each trigger that is pulled, with what its worker pool is told in the cloud. */
function workersOf(
  name: string,
  { steps, triggers = [] }: FunctionsOptions['wiring'],
  environment: FunctionsOptions['environment'],
): HostedWorker[] {
  const project = environment['GOOGLE_CLOUD_PROJECT'] ?? '';
  const { concurrency, timeout } = steps.find(step => step.name === name)!;
  return triggers.flatMap(trigger => {
    if (trigger.kind !== 'worker' || trigger.step !== name) return [];
    const { by: mode, ordered } = trigger;
    const subscription = `projects/${project}/subscriptions/${workerSubscription(trigger.name)}`;
    const topic = `projects/${project}/topics/${trigger.topic}`;
    return [{ step: name, project, subscription, topic, mode, concurrency, timeout, ordered }];
  });
}

/** Starts the processes that run the steps; resolves at once, the steps follow (see `ready`). */
export async function startFunctions(options: FunctionsOptions): Promise<FunctionsEmulator> {
  const { wiring, isolate = false, meter, log } = options;
  const memories = new Map(wiring.steps.map(({ name, memory }) => [name, memory]));
  const used = (step: string, { requests, ms }: Used): void => {
    const memory = memories.get(step)!;
    meter?.count('functions.requests', requests, step);
    meter?.count('functions.vcpuSeconds', (ms / 1000) * processorsFor(memory), step);
    meter?.count('functions.gibSeconds', (ms / 1000) * (memory / 1024), step);
  };
  const groups = isolate ? wiring.steps.map(step => [step]) : [wiring.steps];
  // All environments first: a conflict must not leave processes behind.
  const prepared = groups
    .filter(group => group.length > 0)
    .map(group => ({
      steps: Object.fromEntries(
        group.map(({ name, concurrency }) => [
          name,
          {
            file: join(options.root, 'functions', name, 'index.ts'),
            concurrency,
            workers: workersOf(name, wiring, options.environment),
          },
        ]),
      ),
      port: isolate ? 0 : (options.port ?? 0),
      environment: childEnvironment(group, options.environment),
      used,
      log,
    }));
  const children = prepared.map(child => new Child(child));
  const of = new Map(
    prepared.flatMap(({ steps }, i) => Object.keys(steps).map(step => [step, children[i]!])),
  );

  return {
    host: '127.0.0.1',
    get port() {
      return isolate ? 0 : (children[0]?.port ?? 0);
    },
    endpoint: step => of.get(step)?.endpoint(step),
    ready: async () => void (await Promise.all(children.map(child => child.ready()))),
    get failures() {
      return new Map(children.flatMap(child => [...child.failures]));
    },
    kill: step => {
      for (const child of step === undefined ? children : [of.get(step)]) child?.kill();
    },
    measured: async () => void (await Promise.all(children.map(child => child.measured()))),
    get restarts() {
      return children.reduce((sum, child) => sum + child.restarts, 0);
    },
    stop: async () => void (await Promise.all(children.map(child => child.stop()))),
  };
}
