import type { WorkerSettings } from '../../services/worker/settings.ts';
import type { Used } from './instances.ts';
import type { Log } from './log.ts';

/** A worker that pulls for a step, in the step's own process. */
export type HostedWorker = Omit<WorkerSettings, 'drain' | 'healthPort'>;

/** A step as its process must know it. */
export interface HostedStep {
  /** Absolute path of its index.ts. */
  readonly file: string;
  /** Requests at once in one instance, for what they would be billed. */
  readonly concurrency: number;
  readonly workers: readonly HostedWorker[];
}

/** What the parent tells a child, as its one argument. */
export interface HostArguments {
  readonly steps: Readonly<Record<string, HostedStep>>;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** What a child tells the parent over the IPC channel. */
export type HostMessage =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'loaded'; readonly step: string }
  | { readonly kind: 'failed'; readonly step: string; readonly error: string }
  /** What steps have used since the last of these. */
  | { readonly kind: 'used'; readonly steps: Readonly<Record<string, Used>> }
  /** The answer to any message: all has been told that has been used. */
  | { readonly kind: 'told' };

export interface ChildOptions {
  readonly steps: Readonly<Record<string, HostedStep>>;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly used: (step: string, used: Used) => void;
  readonly log: Log;
}
