import { PubSub } from '@google-cloud/pubsub';
import { expect, test } from 'vitest';
import { Meter } from '../meter/meter.ts';
import { startPubsub } from './server.ts';
import { volumeOf } from './volume.ts';

const message = (bytes: number, attributes = {}) => ({
  data: new Uint8Array(bytes),
  attributes,
  orderingKey: '',
});

test('a message is its data, its attributes, its time and its id', () => {
  expect(volumeOf([message(5000, { key: 'äöü' })])).toBe(5000 + 3 + 6 + 20 + 16);
  expect(volumeOf([message(5000), message(7)])).toBe(5007 + 2 * 36);
});

test('a request is billed as 1,000 bytes at least', () => {
  expect(volumeOf([message(1)])).toBe(1000);
  expect(volumeOf(Array.from({ length: 30 }, () => message(1)))).toBe(30 * 37);
});

test('what is published and what is pulled are counted, each as one request; what only waits is not', async () => {
  const meter = new Meter();
  const emulator = await startPubsub({ meter });
  const pubsub = new PubSub({
    projectId: 'p',
    apiEndpoint: `127.0.0.1:${emulator.port}`,
    emulatorMode: true,
  });
  try {
    const [topic] = await pubsub.createTopic('orders');
    const [subscription] = await topic.createSubscription('billing');
    await topic.publishMessage({ data: Buffer.alloc(3000) });
    expect(meter.counts).toEqual({ clients: { 'pubsub.publishedBytes': 3036 } });
    await new Promise<void>(done =>
      subscription.once('message', received => {
        received.ack();
        done();
      }),
    );
    await subscription.close();
    expect(meter.counts).toEqual({
      clients: { 'pubsub.publishedBytes': 3036, 'pubsub.deliveredBytes': 3036 },
    });
    await emulator.broker.publish(topic.name, [message(10), message(10)]);
    const pushed = await emulator.broker.lease('projects/p/subscriptions/billing', 10);
    expect(pushed.length).toBe(2);
    // In process it is the router that leases, and pushes one by one.
    expect(meter.counts['clients']).toEqual({
      'pubsub.publishedBytes': 4036,
      'pubsub.deliveredBytes': 5036,
    });
  } finally {
    await pubsub.close();
    await emulator.stop();
  }
});
