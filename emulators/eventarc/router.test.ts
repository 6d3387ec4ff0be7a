import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { EventarcTrigger, Trigger, Wiring } from '../../eventarc/wiring.ts';
import { stepOf } from '../functions/fixtures/steps.ts';
import type { LogLine } from '../functions/log.ts';
import { createBroker } from '../pubsub/broker.ts';
import { type EventarcEmulator, startEventarc } from './router.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}
type Answer = (received: Received, nth: number) => number | Promise<number>;

async function stepServer(answer: Answer = () => 204) {
  const received: Received[] = [];
  let atOnce = 0;
  let most = 0;
  const server = createServer(async (request, response) => {
    most = Math.max(most, ++atOnce);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one = { headers: request.headers, body: Buffer.concat(chunks) };
    received.push(one);
    const status = await answer(one, received.length);
    atOnce--;
    response.writeHead(status).end(status >= 400 ? 'refused by the step' : '');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise(resolve => server.close(resolve));
  };
  stops.push(close);
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/step`);
  return { url, received, close, most: () => most };
}

const RETRY = { attempts: 5, minimumBackoff: 10, maximumBackoff: 600, deadLetterTopic: 'dead-letters' };
const onTopic = (name: string, topic: string, settings: Partial<EventarcTrigger> = {}): EventarcTrigger => ({
  name,
  step: 'step',
  kind: 'eventarc',
  event: 'google.cloud.pubsub.topic.v1.messagePublished',
  topic,
  where: [],
  retry: RETRY,
  ...settings,
});

const topics = ['events', 'other', 'dead-letters'].map(name => ({ name, description: '', retention: 0 }));
const lines: LogLine[] = [];

async function route(
  triggers: readonly Trigger[],
  endpoint: (step: string) => URL | undefined,
  steps = [stepOf('step')],
) {
  lines.length = 0;
  const broker = createBroker({ timeScale: 1000 });
  const wiring: Wiring = { triggers, topics, steps };
  const router: EventarcEmulator = await startEventarc({
    wiring,
    project: 'p',
    broker,
    endpoint,
    log: line => lines.push(line),
  });
  stops.push(
    () => broker.stop(),
    () => router.stop(),
  );
  const publish = (topic: string, data: string, attributes: Record<string, string> = {}) =>
    broker.publish(`projects/p/topics/${topic}`, [{ data: Buffer.from(data), attributes, orderingKey: '' }]);
  return { router, broker, publish };
}

test('a message arrives as Eventarc’s event of Pub/Sub', async () => {
  const step = await stepServer();
  const { router, publish } = await route([onTopic('on-events', 'events')], () => step.url);
  const [messageId] = await publish('events', 'hello', { pipeline: 'quakes' });
  expect(await router.idle(5)).toBe(true);
  expect(step.received.length).toBe(1);
  const { headers, body } = step.received[0]!;
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-id': messageId,
    'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    'ce-source': '//pubsub.googleapis.com/projects/p/topics/events',
  });
  expect(JSON.parse(body.toString())).toEqual({
    message: {
      data: Buffer.from('hello').toString('base64'),
      attributes: { pipeline: 'quakes' },
      messageId,
      publishTime: headers['ce-time'],
    },
    subscription: 'projects/p/subscriptions/eventarc-local-1-on-events-sub-000',
  });
});

test('a failing event is retried until its attempts are spent, then it is a dead letter', async () => {
  const step = await stepServer(() => 500);
  const dead = await stepServer();
  const { router, publish } = await route(
    [onTopic('on-events', 'events'), onTopic('on-dead', 'dead-letters', { step: 'dead' })],
    name => (name === 'dead' ? dead.url : step.url),
    [stepOf('step'), stepOf('dead')],
  );
  await publish('events', 'poison');
  expect(await router.idle(5)).toBe(true);
  expect(step.received.length).toBe(5);
  expect(dead.received.length).toBe(1);
});
