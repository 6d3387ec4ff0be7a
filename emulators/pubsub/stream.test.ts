import { type protos, v1 } from '@google-cloud/pubsub';
import { credentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type PubsubEmulator, startPubsub } from './server.ts';
import type { SubscriptionConfig } from './types.ts';

type Response = protos.google.pubsub.v1.IStreamingPullResponse;
const TOPIC = 'projects/demo/topics/orders';

let emulator: PubsubEmulator;
let api: v1.SubscriberClient;
let count = 0;

beforeAll(async () => {
  emulator = await startPubsub();
  emulator.broker.createTopic(TOPIC);
  api = new v1.SubscriberClient({
    servicePath: '127.0.0.1',
    port: emulator.port,
    sslCreds: credentials.createInsecure(),
    projectId: 'demo',
  });
});
afterAll(async () => {
  await api.close();
  await emulator.stop();
});

function fresh(): string {
  const name = `projects/demo/subscriptions/test-${++count}`;
  const config: Omit<SubscriptionConfig, 'name'> = {
    topic: TOPIC,
    ackDeadlineSeconds: 10,
    enableMessageOrdering: false,
    messageRetentionSeconds: 600,
    labels: {},
  };
  emulator.broker.createSubscription({ ...config, name });
  return name;
}
const publish = (...data: string[]): Promise<string[]> =>
  emulator.broker.publish(
    TOPIC,
    data.map(item => ({ data: Buffer.from(item), attributes: {}, orderingKey: '' })),
  );

/** One StreamingPull call as the wire has it, with all that it has answered so far. */
function open(request: protos.google.pubsub.v1.IStreamingPullRequest) {
  const call = api.streamingPull();
  const responses: Response[] = [];
  const failure = Promise.withResolvers<{ code: number; details: string }>();
  call.on('data', (response: Response) => responses.push(response));
  call.on('error', (error: Error) => failure.resolve(error as unknown as { code: number; details: string }));
  call.write({ streamAckDeadlineSeconds: 10, ...request });
  const messages = () => responses.flatMap(({ receivedMessages }) => receivedMessages ?? []);
  const texts = () => messages().map(({ message }) => message!.data!.toString());
  return { call, responses, failure: failure.promise, messages, texts };
}

it('acknowledges, gives back and extends over the stream, and takes a new deadline for what comes after', async () => {
  const subscription = fresh();
  const stream = open({ subscription });
  const extend = vi.spyOn(emulator.broker, 'extend');
  const lease = vi.spyOn(emulator.broker, 'leaseNow');
  await publish('a', 'b', 'c');
  await vi.waitFor(() => expect(stream.texts()).toEqual(['a', 'b', 'c']));
  const [a, b, c] = stream.messages().map(({ ackId }) => ackId!);
  stream.call.write({
    ackIds: [a!],
    modifyDeadlineAckIds: [b!, c!],
    modifyDeadlineSeconds: [0, 60],
    streamAckDeadlineSeconds: 30,
  });
  await vi.waitFor(() => expect(stream.texts()).toEqual(['a', 'b', 'c', 'b']));
  expect(extend).toHaveBeenCalledWith(subscription, [c], 60);
  expect(lease.mock.lastCall![1]).toMatchObject({ seconds: 30 });
  expect(emulator.broker.stats(subscription)).toMatchObject({ ready: 0, leased: 2 });
  stream.call.end();
});

it('stops at the bytes a client allows and goes on when they are acknowledged by another call', async () => {
  const subscription = fresh();
  const body = 'x'.repeat(1000);
  await publish(`1${body}`, `2${body}`, `3${body}`);
  const stream = open({ subscription, maxOutstandingBytes: 1500 });
  await vi.waitFor(() => expect(emulator.broker.stats(subscription)).toMatchObject({ leased: 2 }));
  await vi.waitFor(() => expect(stream.messages()).toHaveLength(2));
  await api.acknowledge({ subscription, ackIds: [stream.messages()[0]!.ackId!] });
  await vi.waitFor(() => expect(stream.messages()).toHaveLength(3));
  // One that is full must not keep the others waiting.
  const other = open({ subscription });
  await publish('4');
  await vi.waitFor(() => expect(other.texts()).toEqual(['4']));
  stream.call.end();
  other.call.end();
});

it('lets the streams of a subscription take turns', async () => {
  const subscription = fresh();
  const streams = Array.from({ length: 3 }, () => open({ subscription, protocolVersion: 1 }));
  await vi.waitFor(() => expect(streams.every(({ responses }) => responses.length === 1)).toBe(true));
  await publish(...Array.from({ length: 9 }, (_, at) => `${at}`));
  await vi.waitFor(() => expect(streams.map(({ texts }) => texts().length)).toEqual([3, 3, 3]));
  for (let at = 0; at < 6; at++) {
    await publish('single');
    await vi.waitFor(() => expect(streams.flatMap(({ texts }) => texts())).toHaveLength(10 + at));
  }
  expect(streams.map(({ texts }) => texts().length)).toEqual([5, 5, 5]);
  for (const { call } of streams) call.end();
});

it('answers keepalives, without which clients take a stream for dead', async () => {
  const stream = open({ subscription: fresh(), protocolVersion: 1 });
  await vi.waitFor(() => expect(stream.responses).toHaveLength(1));
  stream.call.write({});
  await vi.waitFor(() => expect(stream.responses).toHaveLength(2));
  expect(stream.responses[1]).toMatchObject({ receivedMessages: [] });
  stream.call.end();
});

it('leaves its leases to run out when it is closed', async () => {
  const subscription = fresh();
  const stream = open({ subscription });
  await publish('a');
  await vi.waitFor(() => expect(stream.texts()).toEqual(['a']));
  stream.call.end();
  await new Promise(resolve => stream.call.on('end', resolve));
  expect(emulator.broker.stats(subscription)).toMatchObject({ ready: 0, leased: 1 });
  const other = open({ subscription });
  await publish('b');
  await vi.waitFor(() => expect(other.texts()).toEqual(['b']));
  other.call.end();
});

it.each<[string, protos.google.pubsub.v1.IStreamingPullRequest[], number, string]>([
  ['no subscription', [{}], status.INVALID_ARGUMENT, 'must name its subscription'],
  [
    'a subscription that does not exist',
    [{ subscription: 'projects/demo/subscriptions/none' }],
    status.NOT_FOUND,
    'none',
  ],
  ['no deadline', [{ subscription: '*', streamAckDeadlineSeconds: 9 }], status.INVALID_ARGUMENT, '10 to 600'],
  [
    'a second subscription',
    [{ subscription: '*' }, { subscription: '*' }],
    status.INVALID_ARGUMENT,
    'but once',
  ],
  [
    'late flow control',
    [{ subscription: '*' }, { maxOutstandingBytes: 5 }],
    status.INVALID_ARGUMENT,
    'first request',
  ],
  [
    'deadlines without ids',
    [{ subscription: '*' }, { modifyDeadlineSeconds: [10] }],
    status.INVALID_ARGUMENT,
    'differ in length',
  ],
])('ends a stream that asks for %s', async (_, requests, code, details) => {
  const name = fresh();
  const [first, ...more] = requests.map(request =>
    request.subscription === '*' ? { ...request, subscription: name } : request,
  );
  const stream = open(first!);
  for (const request of more) stream.call.write(request);
  const error = await stream.failure;
  expect(error).toMatchObject({ code });
  expect(error.details).toContain(details);
});
