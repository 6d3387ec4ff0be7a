import type { PublishedMessage } from '../../shared/events/pubsub.ts';

/** One lease of one message. Whoever has it acknowledges or releases it, once; until then its lease is extended. */
export interface Delivery {
  readonly ackId: string;
  readonly message: PublishedMessage;
  /** 1 for the first delivery; undefined where the subscription has no dead-letter policy. */
  readonly attempt?: number;
  /** Resolves once Pub/Sub has heard of it, or nobody can tell it any more; never rejects: a message may come again. */
  ack(): Promise<void>;
  /** Gives the message back: it comes again after the subscription's backoff, or is a dead letter. Never rejects. */
  release(): Promise<void>;
}

/** One way to get the messages of a subscription. */
export interface Source {
  /** Begins; @param fail told once, of what no repetition by the client can mend */
  start(take: (delivery: Delivery) => void, fail: (error: Error) => void): void;
  /**
   * Takes no more from now on, and goes on extending what is out; resolves once all of that is settled and Pub/Sub told.
   * @param seconds within which whoever has deliveries settles them
   */
  close(seconds: number): Promise<void>;
}

export interface SourceOptions {
  readonly project: string;
  /** `projects/P/subscriptions/S` */
  readonly subscription: string;
  /** Messages that may be out at once. */
  readonly most: number;
  /** Seconds for which a lease is extended at most. */
  readonly longest: number;
  readonly warn: (message: string, error: unknown) => void;
}
