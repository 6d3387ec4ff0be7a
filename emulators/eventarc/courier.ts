import { LARGEST_EVENT_BYTES } from '../../eventarc/catalogue.ts';
import type { Faults, Result } from '../faults/faults.ts';
import type { Log, Severity } from '../functions/log.ts';
import { CAUSE_HEADER, type Cause, withCause } from '../meter/cause.ts';
import type { Broker, Delivery } from '../pubsub/types.ts';
import { Poster, sizeOf } from './post.ts';
import type { Slots } from './slots.ts';
import type { Parcel } from './transport.ts';

export interface CourierOptions {
  readonly trigger: string;
  readonly step: string;
  readonly subscription: string;
  /** In whose name messages are pushed. */
  readonly payer: Cause;
  readonly broker: Broker;
  readonly endpoint: (step: string) => URL | undefined;
  readonly slots: Slots;
  /** Seconds that the step has to answer. */
  readonly timeout: number;
  /** What to POST for a message. */
  readonly pack: (delivery: Delivery) => Parcel;
  /** Whether an event over the limit comes without its data: Firestore's do, {@link https://github.com/firebase/firebase-functions/pull/1370}. */
  readonly comesLight: boolean;
  /** Deliveries until the broker dead-letters; undefined where there is no dead-letter topic. */
  readonly attempts: number | undefined;
  /** False where the next firing is the retry: a failure then ends the message. */
  readonly retries: boolean;
  /** Stores a message that is not to be delivered again with the dead letters, whole or only its attributes. */
  readonly bury: (delivery: Delivery, reason: string, parts: 'whole' | 'attributes') => Promise<void>;
  /** Told of each delivery; says in whose name it goes. */
  readonly enter: (delivery: Delivery) => Cause;
  /** Whether the guard holds the trigger. */
  readonly isStopped: () => boolean;
  /** What goes wrong on purpose. */
  readonly faults: Faults;
  readonly log: Log;
}

export interface CourierStatus {
  readonly inFlight: number;
  readonly delivered: number;
  readonly failed: number;
  readonly deadLettered: number;
  readonly lastError?: string;
}

/** Whoever sees to the messages of one trigger's subscription. */
export interface Consumer {
  readonly status: CourierStatus;
  stop(): Promise<void>;
}

/** A step that is not there is asked again after so many milliseconds. */
const KNOCK_AGAIN = 50;
/** Seconds that a lease outlives the step's timeout, so that the answer still counts. */
const LEASE_MARGIN = 15;
const LONGEST_LEASE = 600;
/** Milliseconds; well within the margin, so that a held message's lease never runs out. */
const RENEW_AFTER = 5_000;

/** Pushes the messages of one trigger's subscription to its step: the consumer side of a push subscription. */
export class Courier implements Consumer {
  readonly #options: CourierOptions;
  readonly #poster = new Poster();
  readonly #leaseSeconds: number;
  readonly #unsubscribe: () => void;
  readonly #running = new Set<Promise<void>>();
  #inFlight = 0;
  #delivered = 0;
  #failed = 0;
  #deadLettered = 0;
  #lastError: string | undefined;
  #hold: string | undefined;
  #pumping = false;
  #again = false;
  #stopped = false;
  #knock: NodeJS.Timeout | undefined;

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#leaseSeconds = Math.min(LONGEST_LEASE, options.timeout + LEASE_MARGIN);
    this.#unsubscribe = options.broker.onReady(options.subscription, this.#pump);
    this.#pump();
  }

  get status(): CourierStatus {
    const lastError = this.#hold ?? this.#lastError;
    return {
      inFlight: this.#inFlight,
      delivered: this.#delivered,
      failed: this.#failed,
      deadLettered: this.#deadLettered,
      ...(lastError === undefined ? {} : { lastError }),
    };
  }

  /**
   * Breaks off what is in flight; resolves when nothing of it runs. Those messages stay leased rather than spend an attempt:
   * a broker that starts again has forgotten its leases.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    clearTimeout(this.#knock);
    this.#poster.close();
    await Promise.all(this.#running);
  }

  /** Once for all that happens in a turn of the event loop: what is answered together is followed by as many together. */
  readonly #pump = (): void => {
    this.#again = true;
    if (this.#pumping || this.#knock || this.#stopped) return;
    this.#pumping = true;
    setImmediate(() => void this.#fill());
  };

  /** Leases as much as there is room for, until there is no room or nothing left. */
  async #fill(): Promise<void> {
    try {
      while (this.#again && !this.#knock && !this.#stopped) {
        this.#again = false;
        this.#hold = undefined;
        // A step that is restarting must not cost its messages attempts: they are not even leased.
        const target = this.#target();
        if (typeof target === 'string') return this.#holdFor(target);
        await this.#lease();
      }
    } catch (error) {
      this.#holdFor(`its subscription cannot be read: ${(error as Error).message}`);
    } finally {
      this.#pumping = false;
    }
  }

  async #lease(): Promise<void> {
    const { broker, subscription, payer, slots } = this.#options;
    const room = slots.take(this.#inFlight, this.#pump);
    if (room === 0) return; // Slots call again; perhaps they already have, which the loop sees.
    let deliveries: Delivery[] = [];
    try {
      deliveries = await withCause(payer, () => broker.lease(subscription, room, this.#leaseSeconds));
    } finally {
      this.#inFlight += deliveries.length;
      slots.release(room - deliveries.length);
    }
    for (const delivery of deliveries) {
      const running = this.#deliver(delivery).finally(() => this.#running.delete(running));
      this.#running.add(running);
    }
    if (deliveries.length > 0) this.#again = true;
  }

  /** Where the step takes requests; else why it gets none. */
  #target(): URL | string {
    const { isStopped, endpoint, step } = this.#options;
    if (isStopped()) return 'the trigger is stopped: its step wakes itself (millrace resume lets it go on)';
    return endpoint(step) ?? 'the step is not running';
  }

  /** Something that is no message's fault: say so in the status and look again shortly. */
  #holdFor(reason: string): void {
    this.#hold = reason;
    if (this.#knock || this.#stopped) return;
    this.#knock = setTimeout(() => {
      this.#knock = undefined;
      this.#pump();
    }, KNOCK_AGAIN);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { faults, trigger, step } = this.#options;
    const { messageId } = delivery.message;
    const cause = this.#options.enter(delivery);
    await withCause(cause, async () => {
      const result = await faults
        .disturb({ trigger, step, messageId, attempt: delivery.attempt }, () =>
          this.#attempt(delivery, cause),
        )
        .catch((error: unknown) => ({ failed: String(error) }));
      await this.#settle(delivery, result);
    });
    this.#inFlight--;
    this.#options.slots.release(1);
    this.#pump();
  }

  async #settle(delivery: Delivery, result: Result): Promise<void> {
    const { broker, subscription } = this.#options;
    if (result === 'delivered') this.#delivered++;
    else if (result === 'refused') this.#deadLettered++;
    else {
      if (this.#stopped) return;
      if (!(await this.#fail(delivery, result.failed))) return broker.nack(subscription, [delivery.ackId]);
    }
    broker.ack(subscription, [delivery.ackId]);
  }

  async #attempt(delivery: Delivery, cause: Cause): Promise<Result> {
    const { pack, comesLight, bury, trigger, timeout, broker, subscription } = this.#options;
    const whole = pack(delivery);
    whole.headers[CAUSE_HEADER] = cause;
    const size = sizeOf(whole.body);
    const isTooLarge = size > LARGEST_EVENT_BYTES;
    const parcel = isTooLarge && comesLight ? { ...whole, body: [] } : whole;
    if (isTooLarge && !comesLight) {
      const reason = `the event has ${size} bytes, Eventarc delivers at most ${LARGEST_EVENT_BYTES}`;
      this.#lastError = reason;
      this.#say('ERROR', `Event ${delivery.message.messageId} of ${trigger} cannot be delivered: ${reason}`);
      await bury(delivery, reason, 'attributes');
      return 'refused';
    }
    let renewed = Date.now();
    while (!this.#stopped) {
      const target = this.#target();
      if (typeof target !== 'string') {
        const outcome = await this.#poster.post({ url: target, ...parcel, timeoutMs: timeout * 1000 });
        if (outcome.kind === 'delivered') return 'delivered';
        // Its process is probably ending: what were sent after this event now would lose an attempt for nothing.
        if (outcome.kind === 'broken') this.#holdFor('the step broke off a connection');
        if (outcome.kind !== 'unreachable') return { failed: outcome.error };
      }
      // The step never saw it, so no attempt is spent: the lease is kept until the step is there.
      this.#hold = typeof target === 'string' ? target : 'the step is not running';
      await new Promise(resolve => setTimeout(resolve, KNOCK_AGAIN));
      if (Date.now() - renewed > RENEW_AFTER) {
        broker.extend(subscription, [delivery.ackId], this.#leaseSeconds);
        renewed = Date.now();
      }
    }
    return { failed: 'the router stopped' };
  }

  /** @returns whether the message is done with; else it is to be retried */
  async #fail(delivery: Delivery, error: string): Promise<boolean> {
    const { attempts, trigger, retries, bury } = this.#options;
    this.#failed++;
    this.#lastError = error;
    const what = `Event ${delivery.message.messageId} of ${trigger} failed (attempt ${delivery.attempt})`;
    if (attempts !== undefined && delivery.attempt >= attempts) {
      this.#deadLettered++;
      this.#say('ERROR', `${what}; it goes to the dead letters: ${error}`);
      // The broker would bury it too, but without knowing why; so it does where this fails.
      return bury(delivery, error, 'whole').then(
        () => true,
        () => false,
      );
    }
    this.#say('WARNING', `${what}; ${retries ? 'it is retried' : 'the next firing replaces it'}: ${error}`);
    return !retries;
  }

  #say(severity: Severity, message: string): void {
    this.#options.log({ step: this.#options.step, severity, message, fields: {} });
  }
}
