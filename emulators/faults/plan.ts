/** Which faults the deliveries of a trigger suffer; every number without a unit is a percentage of them. */
export interface TriggerFaults {
  /** Delivered twice: half of these at the same time, half one after the other. */
  readonly duplicate?: number;
  /** Held back until up to `messages` later ones have gone ahead, or for up to `ms` milliseconds. */
  readonly reorder?: Share & ({ readonly messages: number } | { readonly ms: number });
  /** Delivered late by `min` to `max` milliseconds. */
  readonly delay?: Share & { readonly min: number; readonly max: number };
  /** The step has answered well, the answer is lost: the message comes again. */
  readonly dropAck?: number;
  /** SIGKILL for the step's process instead of the delivery. */
  readonly killBefore?: number;
  /** SIGKILL once the step has answered, before the answer counts: the message comes again. */
  readonly killAfter?: number;
  /** An answer instead of the delivery, by its HTTP status: the step never sees the message. */
  readonly answer?: { readonly 429?: number; readonly 500?: number };
}

interface Share {
  readonly percent: number;
}

export interface FaultPlan {
  /** The same seed means the same faults for the n-th message of a trigger. */
  readonly seed: number;
  /** Only the first so many deliveries of a message suffer any, so that every message gets through in the end. */
  readonly attempts: number;
  /** By trigger; `all` stands for those that are not named. */
  readonly triggers: Readonly<Record<string, TriggerFaults>>;
}

export const ALL = 'all';

/** Every fault by name, as they are counted. */
export const FAULTS = [
  'duplicate',
  'reorder',
  'delay',
  'dropAck',
  'killBefore',
  'killAfter',
  'answer429',
  'answer500',
] as const;
export type Fault = (typeof FAULTS)[number];
