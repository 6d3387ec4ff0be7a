import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createBroker, type LocalBroker } from './broker.ts';
import type { Delivery, SubscriptionConfig } from './types.ts';

const TOPIC = 'projects/demo/topics/orders';
const DEAD = 'projects/demo/topics/dead';
const ATTEMPTS = 5;
const BASE: SubscriptionConfig = {
  name: 'projects/demo/subscriptions/worker',
  topic: TOPIC,
  ackDeadlineSeconds: 10,
  enableMessageOrdering: false,
  messageRetentionSeconds: 31 * 86_400,
  labels: {},
  deadLetterPolicy: { deadLetterTopic: DEAD, maxDeliveryAttempts: ATTEMPTS },
};
const LETTERS = { ...BASE, name: 'projects/demo/subscriptions/letters', topic: DEAD };
delete (LETTERS as { deadLetterPolicy?: unknown }).deadLetterPolicy;

/** What anybody outside knows of one message. */
interface Known {
  readonly key: string;
  failures: number;
  state: 'waiting' | 'leased' | 'acked' | 'dead';
  until: number;
}

/** The real broker, and beside it what every message must be by what was done to it. */
class World {
  now = 1_000_000;
  readonly messages = new Map<string, Known>();
  leases: Delivery[] = [];
  readonly config: SubscriptionConfig;
  readonly #dir: string;
  broker: LocalBroker;

  constructor(ordered: boolean, dir: string) {
    this.config = {
      ...BASE,
      enableMessageOrdering: ordered,
      retryPolicy: { minimumBackoff: 1, maximumBackoff: 4 },
    };
    this.#dir = dir;
    this.broker = this.open();
    this.broker.createTopic(TOPIC);
    this.broker.createTopic(DEAD);
    this.broker.createSubscription(this.config);
    this.broker.createSubscription(LETTERS);
  }

  open(): LocalBroker {
    return createBroker({ dir: this.#dir, now: () => this.now, memoryBytes: 700 });
  }

  async publish(keys: readonly string[]): Promise<void> {
    const ids = await this.broker.publish(
      TOPIC,
      keys.map(orderingKey => ({ data: Buffer.from('some data'), attributes: {}, orderingKey })),
    );
    for (const [at, id] of ids.entries()) {
      this.messages.set(id, { key: keys[at]!, failures: 0, state: 'waiting', until: 0 });
    }
  }

  async lease(max: number): Promise<void> {
    for (const delivery of await this.broker.lease(this.config.name, max)) {
      const { messageId } = delivery.message;
      const known = this.messages.get(messageId)!;
      // Acknowledged may come again only behind an unacknowledged message of its key.
      expect(known.state).not.toBe('leased');
      expect(known.state).not.toBe('dead');
      if (!this.ordered(known)) expect(known.state).toBe('waiting');
      expect(delivery.attempt).toBe(known.failures + 1);
      if (this.ordered(known)) this.#expectInOrder(messageId, known);
      known.state = 'leased';
      known.until = this.now + 10_000;
      this.leases.push(delivery);
    }
  }

  ack(at: number): void {
    const delivery = this.#take(at);
    if (!delivery) return;
    this.broker.ack(this.config.name, [delivery.ackId]);
    this.messages.get(delivery.message.messageId)!.state = 'acked';
  }

  nack(at: number): void {
    const delivery = this.#take(at);
    if (!delivery) return;
    this.broker.nack(this.config.name, [delivery.ackId]);
    this.#failed(delivery.message.messageId);
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
    for (let late = this.#late(); late; late = this.#late()) {
      this.leases = this.leases.filter(lease => lease !== late);
      this.#failed(late.message.messageId);
    }
    // As the broker's timer would, were the clock a real one.
    this.broker.stats(this.config.name);
  }

  /** A crash right after the journal is written: leases are forgotten, nothing else. */
  async restart(): Promise<void> {
    await new Promise(setImmediate);
    this.broker.stop();
    this.leases = [];
    for (const known of this.messages.values()) if (known.state === 'leased') known.state = 'waiting';
    this.broker = this.open();
  }

  ordered(known: Known): boolean {
    return this.config.enableMessageOrdering && known.key !== '';
  }

  /** Works off all that is left, and compares where every message has ended up. */
  async finish(): Promise<void> {
    for (let idle = 0; idle < 3; ) {
      this.pass(10_000);
      await this.lease(1000);
      idle = this.leases.length === 0 ? idle + 1 : 0;
      while (this.leases.length > 0) this.ack(0);
    }
    const letters = await this.broker.lease(LETTERS.name, 1000);
    const dead = [...this.messages.values()].filter(({ state }) => state === 'dead');
    expect(letters).toHaveLength(dead.length);
    expect(
      [...this.messages.values()].filter(({ state }) => state === 'waiting' || state === 'leased'),
    ).toEqual([]);
    expect(this.broker.stats(this.config.name)).toEqual({
      ready: 0,
      leased: 0,
      delayed: 0,
      oldest: undefined,
    });
  }

  /** Every older message of the key is acknowledged, dead, or was leased just before in the same batch. */
  #expectInOrder(messageId: string, { key }: Known): void {
    for (const [id, other] of this.messages) {
      if (id === messageId) break;
      if (other.key === key) expect(other.state).not.toBe('waiting');
    }
  }

  /** Leases run out in the order of deadlines, then of publishing. */
  #late(): Delivery | undefined {
    return this.leases
      .filter(({ message }) => this.messages.get(message.messageId)!.until <= this.now)
      .sort(
        (a, b) =>
          this.messages.get(a.message.messageId)!.until - this.messages.get(b.message.messageId)!.until ||
          Number(a.message.messageId) - Number(b.message.messageId),
      )[0];
  }

  #take(at: number): Delivery | undefined {
    return this.leases.splice(at % Math.max(1, this.leases.length), 1)[0];
  }

  #failed(messageId: string): void {
    const known = this.messages.get(messageId)!;
    known.failures++;
    known.state = known.failures >= ATTEMPTS ? 'dead' : 'waiting';
    if (known.state === 'dead' || !this.ordered(known)) return;
    // Delivered again, and with it all that were delivered after it in its key.
    let after = false;
    for (const [id, other] of this.messages) {
      if (after && other.key === known.key && other.state === 'leased') other.state = 'waiting';
      after ||= id === messageId;
    }
    this.leases = this.leases.filter(
      ({ message }) => this.messages.get(message.messageId)!.state === 'leased',
    );
  }
}

const action = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      publish: fc.array(fc.constantFrom('', 'k', 'j'), { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ lease: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 4, arbitrary: fc.record({ ack: fc.nat(10) }) },
  { weight: 4, arbitrary: fc.record({ nack: fc.nat(10) }) },
  { weight: 3, arbitrary: fc.record({ pass: fc.constantFrom(500, 1000, 4000, 10_000) }) },
  { weight: 1, arbitrary: fc.constant({ restart: true }) },
);

it.each([false, true])(
  'whatever is done, every message ends acknowledged or dead-lettered once, in the order of its key (ordering: %s)',
  async ordered => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 60 }), async actions => {
        const dir = mkdtempSync(join(tmpdir(), 'pubsub-model-'));
        const world = new World(ordered, dir);
        try {
          for (const step of actions) {
            if ('publish' in step) await world.publish(step.publish);
            else if ('lease' in step) await world.lease(step.lease);
            else if ('ack' in step) world.ack(step.ack);
            else if ('nack' in step) world.nack(step.nack);
            else if ('pass' in step) world.pass(step.pass);
            else await world.restart();
          }
          await world.finish();
        } finally {
          world.broker.stop();
          rmSync(dir, { recursive: true });
        }
      }),
      { numRuns: 150, seed: 42 },
    );
  },
);
