import { describe, expect, it } from 'vitest';
import { PermanentError, TransientError } from '../../shared/errors/errors.ts';
import type { CloudEvent } from '../../shared/events/cloudevent.ts';
import type { MessagePublishedData } from '../../shared/events/pubsub.ts';
import type { Delivery, Source } from './delivery.ts';
import { Worker, type WorkerOptions } from './worker.ts';

const TOPIC = 'projects/p/topics/events';
const SUBSCRIPTION = 'projects/p/subscriptions/millrace-worker-count-on-events';

/** A worker whose messages come by hand, and whose handler ends when the test says so. */
function bench(options: Partial<WorkerOptions> = {}) {
  const settled: string[] = [];
  const warnings: string[] = [];
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  let take: (delivery: Delivery) => void = () => {};
  const closings: number[] = [];
  const source: Source = {
    start: taker => {
      take = taker;
    },
    close: async seconds => void closings.push(seconds),
  };
  const worker = new Worker({
    source,
    topic: TOPIC,
    subscription: SUBSCRIPTION,
    concurrency: 2,
    timeout: 60,
    ordered: false,
    log: { info: () => {}, warn: message => void warnings.push(message), error: () => {} },
    handle: event => {
      begun.push(event.id);
      const end = Promise.withResolvers<void>();
      ends.set(event.id, end);
      return end.promise;
    },
    ...options,
  });
  const come = (messageId: string, orderingKey = '', attempt?: number): void =>
    take({
      ackId: `ack-${messageId}`,
      message: {
        data: Buffer.from(messageId),
        attributes: {},
        messageId,
        publishTime: 0,
        ...(orderingKey && { orderingKey }),
      },
      ...(attempt !== undefined && { attempt }),
      ack: async () => void settled.push(`${messageId} acknowledged`),
      release: async () => void settled.push(`${messageId} given back`),
    });
  const end = async (id: string, error?: Error): Promise<void> => {
    if (error) ends.get(id)!.reject(error);
    else ends.get(id)!.resolve();
    await new Promise(setImmediate);
  };
  return { worker, come, end, begun, settled, warnings, closings };
}

const turn = (): Promise<void> => new Promise(setImmediate);

describe('a worker', () => {
  it('acknowledges a message when the step is done with it, and not before', async () => {
    const { come, end, settled } = bench();
    come('1');
    await turn();
    expect(settled).toEqual([]);
    await end('1');
    expect(settled).toEqual(['1 acknowledged']);
  });

  it('handles so many at once and the others in their order', async () => {
    const { worker, come, end, begun } = bench();
    for (const id of ['1', '2', '3', '4']) come(id);
    await turn();
    expect(begun).toEqual(['1', '2']);
    expect(worker.status).toMatchObject({ running: 2, waiting: 2 });
    await end('2');
    expect(begun).toEqual(['1', '2', '3']);
  });

  it.each([
    ['of a kind that nobody knows', new Error('what?')],
    ['that no further attempt can mend', new PermanentError('no')],
  ])('gives a message back at once after an error %s', async (_kind, error) => {
    const { come, end, settled, worker } = bench();
    come('1');
    await end('1', new Error('count failed', { cause: error }));
    expect(settled).toEqual(['1 given back']);
    expect(worker.status).toMatchObject({ done: 0, failed: 1 });
  });

  it('keeps the place of a message that failed for now, so that an outage does not spend the attempts of all that waits', async () => {
    const { worker, come, end, begun, settled } = bench({ concurrency: 1 });
    come('1');
    come('2');
    await end('1', new Error('count failed', { cause: new TransientError('the database is away') }));
    expect([begun, settled]).toEqual([['1'], []]);
    await worker.drain(0);
    expect(settled.sort()).toEqual(['1 given back', '2 given back']);
  });

  it('gives back what takes longer than the step may, and ignores how it ends', async () => {
    const { come, end, settled, warnings } = bench({ timeout: 0.02 });
    come('1');
    await expect.poll(() => settled).toEqual(['1 given back']);
    await end('1');
    expect(settled).toEqual(['1 given back']);
    expect(warnings).toEqual([expect.stringContaining('longer than 0.02 s')]);
  });

  it('hands over the very event that functions-framework makes of what Eventarc sends', async () => {
    const events: CloudEvent<MessagePublishedData>[] = [];
    const { come } = bench({
      handle: event => void events.push(event),
      topic: 'projects/p/topics/naïve topic',
    });
    come('7', 'key', 3);
    expect(events).toEqual([
      {
        id: '7',
        specversion: '1.0',
        type: 'google.cloud.pubsub.topic.v1.messagePublished',
        source: '//pubsub.googleapis.com/projects/p/topics/na%C3%AFve%20topic',
        time: '1970-01-01T00:00:00.000Z',
        data: {
          message: {
            data: 'Nw==',
            messageId: '7',
            publishTime: '1970-01-01T00:00:00.000Z',
            orderingKey: 'key',
          },
          subscription: SUBSCRIPTION,
          deliveryAttempt: 3,
        },
      },
    ]);
  });
});

describe('messages of one ordering key', () => {
  it('are handled one after the other, beside those of other keys', async () => {
    const { come, end, begun } = bench({ ordered: true });
    come('1', 'a');
    come('2', 'a');
    come('3', 'b');
    await turn();
    expect(begun).toEqual(['1', '3']);
    await end('1');
    expect(begun).toEqual(['1', '3', '2']);
  });

  it('come again together when one of them fails: none overtakes it', async () => {
    const { come, end, begun, settled } = bench({ ordered: true });
    for (const id of ['1', '2', '3']) come(id, 'a');
    await end('1', new Error('no'));
    expect(settled.sort()).toEqual(['1 given back', '2 given back', '3 given back']);
    come('1', 'a');
    await turn();
    expect(begun).toEqual(['1', '1']);
  });

  it('are as any others where the subscription is not ordered', async () => {
    const { come, begun } = bench();
    come('1', 'a');
    come('2', 'a');
    await turn();
    expect(begun).toEqual(['1', '2']);
  });
});

describe('a worker that drains', () => {
  it('finishes what is under way and gives back what has not begun', async () => {
    const { worker, come, end, settled } = bench({ concurrency: 1 });
    come('1');
    come('2');
    const drained = worker.drain(60);
    come('3');
    await turn();
    expect(settled.sort()).toEqual(['2 given back', '3 given back']);
    await end('1');
    await drained;
    expect(settled).toContain('1 acknowledged');
  });

  it('gives back what is not done in time, once', async () => {
    const { worker, come, end, settled, warnings, closings } = bench({ ordered: true });
    come('1', 'a');
    come('2', 'a');
    await worker.drain(0.01);
    await end('1');
    expect(settled.sort()).toEqual(['1 given back', '2 given back']);
    expect(warnings).toEqual([expect.stringContaining('1 messages')]);
    expect(closings).toEqual([0.01]);
  });
});
