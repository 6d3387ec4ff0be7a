import {
  type GetTopicSubscriptionsResponse,
  type Message,
  PubSub,
  type Subscription,
  type Topic,
  v1,
} from '@google-cloud/pubsub';
import { credentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PubsubEmulator, startPubsub } from './server.ts';

let emulator: PubsubEmulator;
let client: PubSub;
let count = 0;

beforeAll(async () => {
  emulator = await startPubsub({ timeScale: 1000 });
  vi.stubEnv('PUBSUB_EMULATOR_HOST', `127.0.0.1:${emulator.port}`);
  client = new PubSub({ projectId: 'demo' });
});
afterAll(async () => {
  await client.close();
  await emulator.stop();
});

async function fresh(options: object = {}): Promise<{ topic: Topic; subscription: Subscription }> {
  const name = `test-${++count}`;
  const [topic] = await client.createTopic(name);
  const [subscription] = await topic.createSubscription(name, options);
  return { topic, subscription };
}

/** Collects messages by a handler until there are so many; then closes. */
function collect(
  subscription: Subscription,
  most: number,
  handle: (message: Message) => void = message => message.ack(),
): Promise<Message[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Message[]>();
  const messages: Message[] = [];
  subscription.on('message', (message: Message) => {
    messages.push(message);
    handle(message);
    if (messages.length === most) resolve(messages);
  });
  subscription.on('error', reject);
  return promise.finally(() => subscription.close());
}

const texts = (messages: readonly Message[]): string[] => messages.map(message => message.data.toString());
const stats = (subscription: Subscription) => emulator.broker.stats(subscription.name);

describe('streaming pull', () => {
  it('receives batches of messages with all that was published, once each', async () => {
    const { topic, subscription } = await fresh();
    topic.setPublishOptions({ batching: { maxMessages: 100, maxMilliseconds: 5 } });
    const before = Date.now();
    const sent = Array.from({ length: 1000 }, (_, at) => `m${at}`);
    const ids = await Promise.all(
      sent.map(data => topic.publishMessage({ data: Buffer.from(data), attributes: { of: data } })),
    );
    const messages = await collect(subscription, 1000);
    expect(texts(messages).sort()).toEqual(sent.sort());
    expect(new Set(messages.map(({ id }) => id))).toEqual(new Set(ids));
    const one = messages.find(({ data }) => data.toString() === 'm7')!;
    expect(one.attributes).toEqual({ of: 'm7' });
    expect(one.deliveryAttempt).toBe(0);
    expect(one.publishTime.getTime()).toBeGreaterThanOrEqual(before);
    await vi.waitFor(() => expect(stats(subscription).oldest).toBeUndefined());
  });

  it('holds no more messages out than the flow control allows, over all streams of a client', async () => {
    const { topic, subscription } = await fresh();
    subscription.setOptions({ flowControl: { maxMessages: 4 }, streamingOptions: { maxStreams: 2 } });
    for (let at = 0; at < 20; at++) await topic.publishMessage({ data: Buffer.from(`${at}`) });
    let most = 0;
    const messages = await collect(subscription, 20, message => {
      most = Math.max(most, stats(subscription).leased);
      setTimeout(() => message.ack(), 2);
    });
    expect(new Set(texts(messages)).size).toBe(20);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(8);
  });

  it('delivers at once again what is given back', async () => {
    const { topic, subscription } = await fresh();
    await topic.publishMessage({ data: Buffer.from('a') });
    let first = true;
    const messages = await collect(subscription, 2, message => {
      if (first) message.nack();
      else message.ack();
      first = false;
    });
    expect(texts(messages)).toEqual(['a', 'a']);
  });

  it('waits out the retry backoff, tells the attempt and dead-letters after the last', async () => {
    const [dead] = await client.createTopic('dead');
    const [letters] = await dead.createSubscription('letters');
    const { topic, subscription } = await fresh({
      deadLetterPolicy: { deadLetterTopic: dead.name, maxDeliveryAttempts: 5 },
      retryPolicy: { minimumBackoff: { seconds: 20 }, maximumBackoff: { seconds: 600 } },
    });
    await topic.publishMessage({ data: Buffer.from('poison'), attributes: { a: 'b' } });
    const times: number[] = [];
    const failed = await collect(subscription, 5, message => {
      times.push(performance.now());
      message.nack();
    });
    expect(failed.map(({ deliveryAttempt }) => deliveryAttempt)).toEqual([1, 2, 3, 4, 5]);
    // 20, 40, 80 and 160 scaled seconds.
    expect(times[4]! - times[0]!).toBeGreaterThan(298);
    const [letter] = await collect(letters, 1);
    expect(letter!.data.toString()).toBe('poison');
    expect(letter!.attributes).toMatchObject({
      a: 'b',
      CloudPubSubDeadLetterSourceSubscription: `test-${count}`,
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
    });
    expect(stats(subscription).oldest).toBeUndefined();
  });

  it('keeps the order of a key, also when one of its messages is given back', async () => {
    const { topic, subscription } = await fresh({ enableMessageOrdering: true });
    topic.setPublishOptions({ messageOrdering: true });
    for (let at = 0; at < 6; at++) {
      await topic.publishMessage({ data: Buffer.from(`${at}`), orderingKey: at === 3 ? 'other' : 'key' });
    }
    const acked: string[] = [];
    let given = false;
    subscription.on('message', (message: Message) => {
      const data = message.data.toString();
      if (data === '2' && !given) {
        given = true;
        message.nack();
        return;
      }
      if (message.orderingKey === 'key') acked.push(data);
      message.ack();
    });
    await vi.waitFor(() => expect(stats(subscription).oldest).toBeUndefined(), 5000);
    await subscription.close();
    // What follows the failed message may come twice, but ends in order.
    expect(acked.slice(-3)).toEqual(['2', '4', '5']);
    expect(acked.slice(0, 2)).toEqual(['0', '1']);
  });

  it('ends with NOT_FOUND when the subscription is deleted', async () => {
    const { subscription } = await fresh();
    const failure = expect(collect(subscription, 1)).rejects.toMatchObject({ code: status.NOT_FOUND });
    await client.subscription(subscription.name).delete();
    await failure;
  });
});

describe('pull', () => {
  const raw = () =>
    new v1.SubscriberClient({
      servicePath: '127.0.0.1',
      port: emulator.port,
      sslCreds: credentials.createInsecure(),
    });

  it('answers with what there is, waits for a message that is to come, and takes acknowledgements and deadlines', async () => {
    const { topic, subscription } = await fresh();
    const api = raw();
    const request = { subscription: subscription.name, maxMessages: 10 };
    const [empty] = await api.pull({ ...request, returnImmediately: true });
    expect(empty.receivedMessages).toEqual([]);
    const coming = api.pull(request);
    await topic.publishMessage({ data: Buffer.from('a') });
    const [received] = await coming;
    const [a] = received.receivedMessages!;
    expect(a).toMatchObject({ message: { data: Buffer.from('a'), orderingKey: '' }, deliveryAttempt: 0 });
    await api.modifyAckDeadline({
      subscription: subscription.name,
      ackIds: [a!.ackId!],
      ackDeadlineSeconds: 0,
    });
    const [again] = await api.pull(request);
    await api.acknowledge({ subscription: subscription.name, ackIds: [again.receivedMessages![0]!.ackId!] });
    expect(stats(subscription).oldest).toBeUndefined();
    await api.close();
  });

  it('delivers again after the deadline', async () => {
    const { topic, subscription } = await fresh();
    await topic.publishMessage({ data: Buffer.from('a') });
    const api = raw();
    const request = { subscription: subscription.name, maxMessages: 1 };
    const [first] = await api.pull(request);
    const ackIds = [first.receivedMessages![0]!.ackId!];
    await api.modifyAckDeadline({ subscription: subscription.name, ackIds, ackDeadlineSeconds: 1 });
    let again: typeof first;
    do [again] = await api.pull(request);
    while (again.receivedMessages!.length === 0);
    expect(again.receivedMessages![0]!.message!.data).toEqual(Buffer.from('a'));
    await api.close();
  });
});

describe('topics and subscriptions', () => {
  it('are created, read, changed, listed in pages and deleted', async () => {
    const [topic] = await client.createTopic({ name: 'projects/demo/topics/admin', labels: { a: '1' } });
    await topic.setMetadata({ labels: { b: '2' }, messageRetentionDuration: { seconds: 700 } });
    const [metadata] = await topic.getMetadata();
    expect(metadata).toMatchObject({ labels: { b: '2' }, messageRetentionDuration: { seconds: '700' } });
    for (const name of ['admin-1', 'admin-2', 'admin-3']) await topic.createSubscription(name);
    const listed: string[] = [];
    let query: object | null = { pageSize: 2, autoPaginate: false };
    while (query) {
      const response: GetTopicSubscriptionsResponse = await topic.getSubscriptions(query);
      listed.push(...response[0].map(({ name }) => name.split('/').at(-1)!));
      query = response[1] ?? null;
    }
    expect(listed).toEqual(['admin-1', 'admin-2', 'admin-3']);
    const subscription = topic.subscription('admin-1');
    await subscription.setMetadata({ ackDeadlineSeconds: 77 });
    expect((await subscription.getMetadata())[0]).toMatchObject({ ackDeadlineSeconds: 77, state: 'ACTIVE' });
    await topic.delete();
    expect((await subscription.getMetadata())[0].topic).toBe('_deleted-topic_');
    const [all] = await client.getSubscriptions();
    expect(all.map(({ name }) => name)).toContain('projects/demo/subscriptions/admin-3');
    await subscription.delete();
    expect(await subscription.exists()).toEqual([false]);
    expect(await topic.exists()).toEqual([false]);
  });
});

describe('what is refused', () => {
  it.each<[string, number, string, () => Promise<unknown>]>([
    [
      'a topic that exists',
      status.ALREADY_EXISTS,
      'already exists',
      async () => {
        const { topic } = await fresh();
        await client.createTopic(topic.name);
      },
    ],
    [
      'an unknown topic',
      status.NOT_FOUND,
      'Resource not found (resource=projects/demo/topics/none)',
      () => client.topic('none').publishMessage({ data: Buffer.from('x') }),
    ],
    [
      'an unknown subscription',
      status.NOT_FOUND,
      'resource=projects/demo/subscriptions/none',
      () => client.subscription('none').getMetadata(),
    ],
    ['a bad name', status.INVALID_ARGUMENT, 'Invalid resource name given', () => client.createTopic('1')],
    [
      'a push endpoint',
      status.UNIMPLEMENTED,
      'Subscription.pushConfig',
      () => fresh({ pushConfig: { pushEndpoint: 'http://127.0.0.1' } }),
    ],
    [
      'exactly-once delivery',
      status.UNIMPLEMENTED,
      'Subscription.enableExactlyOnceDelivery',
      () => fresh({ enableExactlyOnceDelivery: true }),
    ],
    [
      'a BigQuery subscription',
      status.UNIMPLEMENTED,
      'Subscription.bigqueryConfig',
      () => fresh({ bigqueryConfig: { table: 'a.b.c' } }),
    ],
    [
      'a schema',
      status.UNIMPLEMENTED,
      'Topic.schemaSettings',
      () =>
        client.createTopic({
          name: 'projects/demo/topics/schema',
          schemaSettings: { schema: 'x', encoding: 'JSON' },
        }),
    ],
    [
      'seek',
      status.UNIMPLEMENTED,
      'google.pubsub.v1.Subscriber/Seek',
      async () => {
        const { subscription } = await fresh();
        await subscription.seek(new Date());
      },
    ],
    [
      'a change to a push subscription',
      status.UNIMPLEMENTED,
      'ModifyPushConfig',
      async () => {
        const { subscription } = await fresh();
        await subscription.modifyPushConfig({ pushEndpoint: 'http://127.0.0.1' });
      },
    ],
    [
      'a dead letter topic that does not exist',
      status.NOT_FOUND,
      'projects/demo/topics/nowhere',
      () =>
        fresh({
          deadLetterPolicy: { deadLetterTopic: 'projects/demo/topics/nowhere', maxDeliveryAttempts: 5 },
        }),
    ],
    [
      'a change of the ordering',
      status.INVALID_ARGUMENT,
      'enable_message_ordering',
      async () => {
        const { subscription } = await fresh();
        await subscription.setMetadata({ enableMessageOrdering: true });
      },
    ],
  ])('%s', async (_, code, message, act) => {
    const error = (await act().then(
      () => undefined,
      (reason: unknown) => reason,
    )) as { code: number; details: string };
    expect(error).toMatchObject({ code });
    expect(error.details).toContain(message);
  });
});
