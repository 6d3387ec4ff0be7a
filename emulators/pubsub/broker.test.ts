import { beforeEach, describe, expect, it } from 'vitest';
import { type BrokerOptions, createBroker, type LocalBroker } from './broker.ts';
import type { Delivery, PublishMessage, SubscriptionConfig } from './types.ts';

const TOPIC = 'projects/demo/topics/orders';
const DEAD = 'projects/demo/topics/dead';
const SUB = 'projects/demo/subscriptions/worker';
const BASE: SubscriptionConfig = {
  name: SUB,
  topic: TOPIC,
  ackDeadlineSeconds: 10,
  enableMessageOrdering: false,
  messageRetentionSeconds: 7 * 86_400,
  labels: {},
};

const text = (data: string, orderingKey = ''): PublishMessage => ({
  data: Buffer.from(data),
  attributes: {},
  orderingKey,
});
const texts = (deliveries: readonly Delivery[]): string[] =>
  deliveries.map(({ message }) => Buffer.from(message.data).toString());
const ids = (deliveries: readonly Delivery[]): string[] => deliveries.map(({ ackId }) => ackId);

let now: number;
let broker: LocalBroker;

function begin(config: Partial<SubscriptionConfig> = {}, options: BrokerOptions = {}): void {
  now = 1_000_000;
  broker = createBroker({ now: () => now, ...options });
  broker.createTopic(TOPIC);
  if (config.deadLetterPolicy) broker.createTopic(DEAD);
  broker.createSubscription({ ...BASE, ...config });
}
const publish = (...data: string[]): Promise<string[]> =>
  broker.publish(
    TOPIC,
    data.map(item => text(item)),
  );
const publishKeyed = (key: string, ...data: string[]): Promise<string[]> =>
  broker.publish(
    TOPIC,
    data.map(item => text(item, key)),
  );

describe('a subscription', () => {
  beforeEach(() => begin());

  it('leases messages in publish order and forgets them once acknowledged', async () => {
    const messageIds = await publish('a', 'b', 'c');
    const deliveries = await broker.lease(SUB, 10);
    expect(texts(deliveries)).toEqual(['a', 'b', 'c']);
    expect(deliveries.map(({ message }) => message.messageId)).toEqual(messageIds);
    expect(broker.stats(SUB)).toEqual({ ready: 0, leased: 3, delayed: 0, oldest: now });
    broker.ack(SUB, ids(deliveries));
    now += 3_600_000;
    expect(await broker.lease(SUB, 10)).toEqual([]);
    expect(broker.stats(SUB)).toEqual({ ready: 0, leased: 0, delayed: 0, oldest: undefined });
    expect(broker.memoryBytes).toBe(0);
  });

  it('delivers a message again after its lease ran out, counting the attempt', async () => {
    await publish('a');
    await broker.lease(SUB, 1);
    now += 9_999;
    expect(await broker.lease(SUB, 1)).toEqual([]);
    now += 1;
    expect(await broker.lease(SUB, 1)).toMatchObject([{ attempt: 2 }]);
  });

  it('keeps a lease alive that is extended, and ends one early that is shortened', async () => {
    await publish('a', 'b');
    const [a, b] = await broker.lease(SUB, 2);
    broker.extend(SUB, [a!.ackId], 60);
    broker.extend(SUB, [b!.ackId], 1);
    now += 1_000;
    expect(texts(await broker.lease(SUB, 2))).toEqual(['b']);
    now += 58_000;
    expect(texts(await broker.lease(SUB, 2))).toEqual(['b']);
    now += 1_000;
    expect(texts(await broker.lease(SUB, 2))).toEqual(['a']);
  });

  it('ignores an acknowledgement whose lease has ended', async () => {
    await publish('a');
    const [first] = await broker.lease(SUB, 1);
    now += 10_000;
    broker.ack(SUB, [first!.ackId]);
    const [second] = await broker.lease(SUB, 1);
    broker.ack(SUB, [first!.ackId]);
    broker.ack(SUB, [second!.ackId]);
    expect(broker.stats(SUB).oldest).toBeUndefined();
  });

  it('gets only what is published after it was created', async () => {
    const late = { ...BASE, name: 'projects/demo/subscriptions/late' };
    await publish('early');
    broker.createSubscription(late);
    await publish('later');
    expect(texts(await broker.lease(late.name, 10))).toEqual(['later']);
    expect(texts(await broker.lease(SUB, 10))).toEqual(['early', 'later']);
  });

  it('tells its listeners when there is something to lease, also after a lease ran out by the clock on the wall', async () => {
    broker = createBroker();
    broker.createTopic(TOPIC);
    broker.createSubscription(BASE);
    let next = Promise.withResolvers<void>();
    const stop = broker.onReady(SUB, () => next.resolve());
    await publish('a');
    await next.promise;
    next = Promise.withResolvers();
    await broker.lease(SUB, 1, 0.02);
    await next.promise;
    expect(await broker.lease(SUB, 1)).toMatchObject([{ attempt: 2 }]);
    stop();
    broker.stop();
  });

  it('drops what is older than its retention', async () => {
    begin({ messageRetentionSeconds: 600 });
    await publish('old');
    now += 300_000;
    await publish('young');
    now += 300_000;
    expect(texts(await broker.lease(SUB, 10))).toEqual(['young']);
  });
});

describe('a retry policy', () => {
  it('doubles the wait with every failed delivery, given back or run out, up to its maximum', async () => {
    begin({ retryPolicy: { minimumBackoff: 10, maximumBackoff: 35 } });
    await publish('a');
    for (const [attempt, wait] of [10_000, 20_000, 35_000, 35_000].entries()) {
      const [delivery] = await broker.lease(SUB, 1);
      expect(delivery).toMatchObject({ attempt: attempt + 1 });
      if (attempt % 2 === 0) broker.nack(SUB, [delivery!.ackId]);
      else now += 10_000;
      expect(broker.stats(SUB)).toMatchObject({ ready: 0, delayed: 1 });
      now += wait - 1;
      expect(await broker.lease(SUB, 1)).toEqual([]);
      now += 1;
    }
  });

  it('is divided by the time scale', async () => {
    begin({ retryPolicy: { minimumBackoff: 10, maximumBackoff: 600 } }, { timeScale: 100 });
    await publish('a');
    broker.nack(SUB, ids(await broker.lease(SUB, 1)));
    now += 99;
    expect(await broker.lease(SUB, 1)).toEqual([]);
    now += 1;
    expect(await broker.lease(SUB, 1)).toHaveLength(1);
  });

  it('without one a message that is given back comes again at once, before younger ones', async () => {
    begin();
    await publish('a', 'b', 'c');
    broker.nack(SUB, ids(await broker.lease(SUB, 1)));
    expect(texts(await broker.lease(SUB, 2))).toEqual(['a', 'b']);
  });
});

describe('a dead letter policy', () => {
  const watcher = { ...BASE, name: 'projects/demo/subscriptions/watcher', topic: DEAD };
  beforeEach(() => {
    begin({ deadLetterPolicy: { deadLetterTopic: DEAD, maxDeliveryAttempts: 5 } });
    broker.createSubscription(watcher);
  });

  it('forwards a message after the last attempt, with attributes that tell its origin', async () => {
    await broker.publish(TOPIC, [{ data: Buffer.from('a'), attributes: { kind: 'x' }, orderingKey: '' }]);
    for (let attempt = 1; attempt <= 5; attempt++) {
      const deliveries = await broker.lease(SUB, 1);
      expect(deliveries).toMatchObject([{ attempt }]);
      if (attempt % 2) broker.nack(SUB, ids(deliveries));
      else now += 10_000;
    }
    expect(await broker.lease(SUB, 1)).toEqual([]);
    expect(broker.stats(SUB).oldest).toBeUndefined();
    const [letter] = await broker.lease(watcher.name, 1);
    expect(texts([letter!])).toEqual(['a']);
    expect(letter!.message.attributes).toEqual({
      kind: 'x',
      CloudPubSubDeadLetterSourceSubscription: 'worker',
      CloudPubSubDeadLetterSourceSubscriptionProject: 'demo',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceTopicPublishTime: '1970-01-01T00:16:40.000+00:00',
    });
  });

  it('goes on delivering as long as the dead letter topic does not exist', async () => {
    broker.deleteTopic(DEAD);
    await publish('a');
    for (let attempt = 1; attempt <= 7; attempt++) {
      const deliveries = await broker.lease(SUB, 1);
      expect(deliveries).toMatchObject([{ attempt }]);
      broker.nack(SUB, ids(deliveries));
    }
  });

  it('also takes what outlives its retention', async () => {
    await publish('a');
    now += BASE.messageRetentionSeconds * 1000;
    expect(await broker.lease(SUB, 1)).toEqual([]);
    expect(texts(await broker.lease(watcher.name, 1))).toEqual(['a']);
  });
});

describe('ordering keys', () => {
  beforeEach(() => begin({ enableMessageOrdering: true }));

  it('let one batch of a key out at a time, other keys beside it', async () => {
    await publishKeyed('k', 'k1', 'k2', 'k3');
    await publishKeyed('j', 'j1');
    const batch = await broker.lease(SUB, 2);
    expect(texts(batch)).toEqual(['k1', 'k2']);
    expect(texts(await broker.lease(SUB, 10))).toEqual(['j1']);
    broker.ack(SUB, [batch[0]!.ackId]);
    expect(await broker.lease(SUB, 10)).toEqual([]);
    broker.ack(SUB, [batch[1]!.ackId]);
    expect(texts(await broker.lease(SUB, 10))).toEqual(['k3']);
  });

  it('deliver a failed message again with all after it, even those acknowledged', async () => {
    await publishKeyed('k', 'k1', 'k2', 'k3', 'k4');
    const [k1, k2, k3] = await broker.lease(SUB, 3);
    broker.ack(SUB, [k1!.ackId, k3!.ackId]);
    broker.nack(SUB, [k2!.ackId]);
    const again = await broker.lease(SUB, 10);
    expect(texts(again)).toEqual(['k2', 'k3', 'k4']);
    expect(again.map(({ attempt }) => attempt)).toEqual([2, 1, 1]);
  });

  it('wait for an older message still out before a failed one comes again', async () => {
    await publishKeyed('k', 'k1', 'k2');
    const [k1, k2] = await broker.lease(SUB, 2);
    broker.nack(SUB, [k2!.ackId]);
    expect(await broker.lease(SUB, 2)).toEqual([]);
    broker.ack(SUB, [k1!.ackId]);
    expect(texts(await broker.lease(SUB, 2))).toEqual(['k2']);
  });

  it('pause for the backoff of a failed message while other keys go on', async () => {
    begin({ enableMessageOrdering: true, retryPolicy: { minimumBackoff: 10, maximumBackoff: 10 } });
    await publishKeyed('k', 'k1', 'k2');
    broker.nack(SUB, ids(await broker.lease(SUB, 1)));
    await publishKeyed('j', 'j1');
    expect(broker.stats(SUB)).toMatchObject({ ready: 1, delayed: 2 });
    expect(texts(await broker.lease(SUB, 10))).toEqual(['j1']);
    now += 10_000;
    expect(texts(await broker.lease(SUB, 10))).toEqual(['k1', 'k2']);
  });

  it('tell listeners when the end of a batch frees the next one', async () => {
    await publishKeyed('k', 'k1', 'k2');
    const first = await broker.lease(SUB, 1);
    const freed = Promise.withResolvers<void>();
    broker.onReady(SUB, freed.resolve);
    broker.ack(SUB, ids(first));
    await freed.promise;
    expect(texts(await broker.lease(SUB, 1))).toEqual(['k2']);
  });

  it('are ignored by a subscription without ordering', async () => {
    begin();
    await publishKeyed('k', 'k1', 'k2');
    expect(texts(await broker.lease(SUB, 1))).toEqual(['k1']);
    expect(texts(await broker.lease(SUB, 1))).toEqual(['k2']);
  });
});

describe('names and limits', () => {
  beforeEach(() => begin());

  it('what does not exist is not found, by name', async () => {
    await expect(broker.publish(DEAD, [text('a')])).rejects.toThrow(
      'Resource not found (resource=projects/demo/topics/dead).',
    );
    await expect(broker.lease('projects/demo/subscriptions/none', 1)).rejects.toThrow(
      'Resource not found (resource=projects/demo/subscriptions/none).',
    );
  });

  it('what exists already is not created twice', () => {
    expect(() => broker.createTopic(TOPIC)).toThrow('Resource already exists in the project (resource=');
    expect(() => broker.createSubscription(BASE)).toThrow('Resource already exists');
  });

  it.each(['orders', 'projects/demo/topics/1x', 'projects/demo/topics/googly', 'projects/demo/topics/ab'])(
    'the topic name %s is refused',
    name => expect(() => broker.createTopic(name)).toThrow(`Invalid resource name given (name=${name})`),
  );

  it.each<[string, Partial<SubscriptionConfig>]>([
    ['ackDeadlineSeconds', { ackDeadlineSeconds: 9 }],
    ['messageRetentionSeconds', { messageRetentionSeconds: 599 }],
    ['maximumBackoff', { retryPolicy: { minimumBackoff: 1, maximumBackoff: 601 } }],
    ['minimumBackoff', { retryPolicy: { minimumBackoff: 20, maximumBackoff: 10 } }],
    ['maxDeliveryAttempts', { deadLetterPolicy: { deadLetterTopic: DEAD, maxDeliveryAttempts: 4 } }],
  ])('a subscription with %s out of range is refused', (setting, config) => {
    const name = 'projects/demo/subscriptions/other';
    expect(() => broker.createSubscription({ ...BASE, name, ...config })).toThrow(setting);
  });

  it.each<[string, Partial<PublishMessage>]>([
    ['non-empty data or at least one attribute', { data: new Uint8Array() }],
    [
      '100 attributes',
      { attributes: Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`k${at}`, ''])) },
    ],
    ['256 bytes of an attribute key', { attributes: { ['k'.repeat(257)]: '' } }],
    ['1024 bytes of the attribute k', { attributes: { k: 'ü'.repeat(513) } }],
    ['must not begin with "goog"', { attributes: { google: '1' } }],
    ['1024 bytes of an orderingKey', { orderingKey: 'k'.repeat(1025) }],
    ['10000000 bytes', { data: new Uint8Array(10_000_001) }],
  ])('a message is refused that breaks the rule of %s', async (rule, message) => {
    await expect(broker.publish(TOPIC, [{ ...text('x'), ...message }])).rejects.toThrow(rule);
  });

  it('a request of no messages, or of more than 1000, is refused', async () => {
    await expect(broker.publish(TOPIC, [])).rejects.toThrow('at least one message');
    await expect(
      broker.publish(
        TOPIC,
        Array.from({ length: 1001 }, () => text('x')),
      ),
    ).rejects.toThrow('1000 messages');
  });
});

it('a deleted topic leaves its subscriptions with their messages under the name _deleted-topic_', async () => {
  begin();
  await publish('a');
  broker.deleteTopic(TOPIC);
  broker.createTopic(TOPIC);
  await publish('b');
  expect(broker.subscription(SUB).topic).toBe('_deleted-topic_');
  expect(texts(await broker.lease(SUB, 10))).toEqual(['a']);
});
