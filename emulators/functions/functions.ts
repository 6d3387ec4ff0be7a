import { join } from 'node:path';
import type { Wiring } from '../../eventarc/wiring.ts';
import type { Emulator } from '../emulator.ts';
import { Child } from './child.ts';
import { childEnvironment } from './environment.ts';
import type { Log } from './log.ts';

export interface FunctionsOptions {
  /** Of the shared child; 0 lets the system choose. Isolated steps always get ports from the system. */
  readonly port?: number;
  /** Folder that holds `functions/<step>/index.ts`. */
  readonly root: string;
  readonly wiring: Pick<Wiring, 'steps'>;
  /** Variables for every step: project and emulator addresses. They win over a step's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** A process per step instead of one for all. */
  readonly isolate?: boolean;
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
  /** How often a child has been started again. */
  readonly restarts: number;
}

/** Starts the processes that run the steps; resolves at once, the steps follow (see `ready`). */
export async function startFunctions(options: FunctionsOptions): Promise<FunctionsEmulator> {
  const { wiring, isolate = false, log } = options;
  const groups = isolate ? wiring.steps.map(step => [step]) : [wiring.steps];
  // All environments first: a conflict must not leave processes behind.
  const prepared = groups
    .filter(group => group.length > 0)
    .map(group => ({
      steps: Object.fromEntries(
        group.map(({ name }) => [name, join(options.root, 'functions', name, 'index.ts')]),
      ),
      port: isolate ? 0 : (options.port ?? 0),
      environment: childEnvironment(group, options.environment),
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
    get restarts() {
      return children.reduce((sum, child) => sum + child.restarts, 0);
    },
    stop: async () => void (await Promise.all(children.map(child => child.stop()))),
  };
}
