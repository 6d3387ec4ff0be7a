import { setTimeout as after } from 'node:timers/promises';
import { kindOf } from '../../shared/errors/errors.ts';
import { type CloudEvent, encodeAttributes } from '../../shared/events/cloudevent.ts';
import { type MessagePublishedData, messageEvent } from '../../shared/events/pubsub.ts';
import type { Log } from '../../shared/step/log.ts';
import type { Delivery, Source } from './delivery.ts';
import { Rest } from './rest.ts';

/** What a step has registered: resolving acknowledges, throwing has the message delivered again. */
export type Handler = (event: CloudEvent<MessagePublishedData>) => unknown;

export interface WorkerOptions {
  readonly source: Source;
  readonly handle: Handler;
  /** Full names. */
  readonly topic: string;
  readonly subscription: string;
  /** Messages handled at once. */
  readonly concurrency: number;
  /** Seconds that the step has for a message, as with a push. */
  readonly timeout: number;
  /** Whether messages of one ordering key are handled one after the other. */
  readonly ordered: boolean;
  readonly log: Log;
  /** Does the work for a delivery in the context that whoever runs the worker wants. */
  readonly within?: (ackId: string, work: () => Promise<void>) => Promise<void>;
}

export interface WorkerStatus {
  readonly running: number;
  /** Received and not begun. */
  readonly waiting: number;
  readonly done: number;
  readonly failed: number;
}

type Outcome = 'done' | 'overdue' | { readonly error: unknown };

/** Hands the messages of a subscription to a step, so many at once, and acknowledges each after its effect. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #queue: Delivery[] = [];
  /** By ordering key that is being handled, what waits behind. */
  readonly #behind = new Map<string, Delivery[]>();
  readonly #running = new Set<Delivery>();
  readonly #rest = new Rest();
  readonly #draining = new AbortController();
  readonly #idle = Promise.withResolvers<void>();
  readonly #failure = Promise.withResolvers<Error>();
  #done = 0;
  #failed = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    options.source.start(delivery => this.#take(delivery), this.#failure.resolve);
  }

  /** Resolves with what Pub/Sub refuses, once nothing can come any more. */
  get failure(): Promise<Error> {
    return this.#failure.promise;
  }

  get status(): WorkerStatus {
    const behind = this.#behind.values().reduce((sum, line) => sum + line.length, 0);
    const waiting = this.#queue.length + behind;
    return { running: this.#running.size, waiting, done: this.#done, failed: this.#failed };
  }

  /**
   * Takes no more, gives back what has not begun, and finishes the rest; what is not finished in time is given back too.
   * Resolves once Pub/Sub has been told of everything.
   */
  async drain(seconds: number): Promise<void> {
    this.#draining.abort();
    const closed = this.#options.source.close(seconds);
    for (const delivery of [...this.#queue.splice(0), ...[...this.#behind.values()].flat()])
      void delivery.release();
    this.#behind.clear();
    if (this.#running.size > 0)
      await Promise.race([this.#idle.promise, after(seconds * 1000, undefined, { ref: false })]);
    const late = [...this.#running];
    this.#running.clear();
    if (late.length > 0)
      this.#options.log.warn(`${late.length} messages were not done within ${seconds} s and are given back`);
    for (const delivery of late) void delivery.release();
    await closed;
  }

  #take(delivery: Delivery): void {
    if (this.#draining.signal.aborted) return void delivery.release();
    const key = this.#keyOf(delivery);
    const behind = key && this.#behind.get(key);
    if (behind) return void behind.push(delivery);
    if (key) this.#behind.set(key, []);
    this.#queue.push(delivery);
    this.#pump();
  }

  #keyOf({ message }: Delivery): string | undefined {
    return this.#options.ordered ? message.orderingKey : undefined;
  }

  #pump(): void {
    while (this.#running.size < this.#options.concurrency) {
      const delivery = this.#queue.shift();
      if (!delivery) return;
      this.#running.add(delivery);
      void this.#run(delivery);
    }
  }

  async #run(delivery: Delivery): Promise<void> {
    const outcome = await this.#attempt(delivery);
    if (outcome === 'done') this.#rest.succeeded();
    else await this.#failedWith(outcome, delivery);
    // Given back by a drain meanwhile: somebody else may have it already.
    if (!this.#running.delete(delivery)) return;
    if (outcome === 'done') this.#done++;
    else this.#failed++;
    void (outcome === 'done' ? delivery.ack() : delivery.release());
    this.#goOn(delivery, outcome === 'done');
    this.#pump();
    if (this.#running.size === 0) this.#idle.resolve();
  }

  /** Never rejects. */
  async #attempt({ ackId, message, attempt }: Delivery): Promise<Outcome> {
    const { topic, subscription, timeout, handle } = this.#options;
    const { within = (_ackId: string, work: () => Promise<void>) => work() } = this.#options;
    const event = encodeAttributes(messageEvent(message, topic, subscription, attempt));
    const work: Promise<Outcome> = within(ackId, async () => void (await handle(event))).then(
      () => 'done',
      (error: unknown) => ({ error }),
    );
    const ended = new AbortController();
    const overdue = after(timeout * 1000, 'overdue' as const, { signal: ended.signal, ref: false });
    overdue.catch(() => {}); // Aborted: it was not.
    const outcome = await Promise.race([work, overdue]);
    ended.abort();
    return outcome;
  }

  /** The step has said itself what was wrong. */
  async #failedWith(outcome: Exclude<Outcome, 'done'>, { message }: Delivery): Promise<void> {
    if (outcome === 'overdue') {
      const { timeout, log } = this.#options;
      log.warn(`Took longer than ${timeout} s: given back, though its work may go on`, {
        message: message.messageId,
      });
      return;
    }
    const error = (outcome.error as { cause?: unknown } | null)?.cause ?? outcome.error;
    if (kindOf(error) !== 'transient') return;
    const { signal } = this.#draining;
    await after(this.#rest.failed(Date.now()), undefined, { signal, ref: false }).catch(() => {});
  }

  /** Lets the next message of an ordering key through; behind one that failed they must come again, after it. */
  #goOn(delivery: Delivery, done: boolean): void {
    const key = this.#keyOf(delivery);
    const line = key && this.#behind.get(key);
    if (!key || !line) return;
    const next = done ? line.shift() : undefined;
    if (next) return void this.#queue.push(next);
    this.#behind.delete(key);
    for (const one of line) void one.release();
  }
}
