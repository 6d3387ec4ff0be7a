import type { RunTransaction, Transaction } from '../windows/transaction.ts';
import type { Change, Forks } from './documents.ts';
import { GROUP_BYTES } from './key-group.ts';
import type { KeyedProcess } from './process.ts';

export interface PipelineVersion {
  readonly pipeline: string;
  readonly version: string;
}

/** A keyed process as some pipeline defines it. */
export interface Operator<Output> {
  /** What its documents are named by: letters, digits, dashes and tildes. */
  readonly name: string;
  /** Who defines it: timers of what its batches leave behind fire by this version. */
  readonly definedBy: PipelineVersion;
  readonly process: KeyedProcess<unknown, Output>;
  /** Pipelines whose live sources together make its event time: the slowest decides. None for one that knows the clock only. */
  readonly clockedBy: readonly string[];
  /** How long a batch is known, by the clock, ms. */
  readonly horizon: number;
}

/** What outputs come to in documents, within the transaction that they come from. */
export interface Effects {
  readonly changes: readonly Change[];
  /** Those of them that are messages to be published after the commit. */
  readonly outbox: readonly OutboxEntry[];
}

/** A message that is durable before it is published. */
export interface OutboxEntry {
  readonly path: string;
  readonly topic: string;
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Says what outputs come to; it may read, and writes nothing itself. */
export type EffectsOf<Output> = (
  transaction: Transaction,
  outputs: readonly Output[],
  operator: Operator<Output>,
  clock: number,
) => Promise<Effects>;

/** Limits of one transaction; what goes beyond them takes several. */
export interface Limits {
  /** Groups that a batch may touch. */
  readonly groups: number;
  /** JSON of one group: see key-group.ts. */
  readonly groupBytes: number;
  /** Of a commit: Firestore takes 10 MiB ({@link https://cloud.google.com/firestore/quotas}). */
  readonly bytes: number;
  /** Timers and outputs of one firing, about. */
  readonly timers: number;
}

export const LIMITS: Limits = {
  groups: 100,
  groupBytes: GROUP_BYTES,
  bytes: 6 * 1024 * 1024,
  timers: 1000,
};

/** Where a step keeps state and timers by key. */
export interface KeyedStore<Output> {
  readonly step: string;
  readonly run: RunTransaction;
  readonly forks: Forks;
  readonly effectsOf: EffectsOf<Output>;
  readonly limits: Limits;
}
