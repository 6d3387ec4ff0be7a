import type { Log } from './log.ts';

/** What the parent tells a child, as its one argument. */
export interface HostArguments {
  /** Step name to the absolute path of its index.ts. */
  readonly steps: Readonly<Record<string, string>>;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** What a child tells the parent over the IPC channel. */
export type HostMessage =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'loaded'; readonly step: string }
  | { readonly kind: 'failed'; readonly step: string; readonly error: string };

export interface ChildOptions {
  readonly steps: Readonly<Record<string, string>>;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Log;
}
