import { setTimeout as sleep } from 'node:timers/promises';
import { PubSub } from '@google-cloud/pubsub';
import { PROJECT } from '../../emulators/suite-address.ts';

export const AT = Date.parse('2026-03-01T12:00:00Z');

const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = 14;
/** Messages that may be on their way at once. */
const AHEAD = 20_000;
const REQUESTS_AT_ONCE = 16;

/** The official client's own way of trying again, with more patience: it gives up after a minute unless it is told. */
export const PATIENT = {
  retry: {
    retryCodes: [RESOURCE_EXHAUSTED, UNAVAILABLE],
    backoffSettings: {
      ...{ initialRetryDelayMillis: 20, retryDelayMultiplier: 1.5, maxRetryDelayMillis: 500 },
      ...{ initialRpcTimeoutMillis: 60_000, rpcTimeoutMultiplier: 1, maxRpcTimeoutMillis: 60_000 },
      totalTimeoutMillis: 3600_000,
    },
  },
};

const eventOf = (source: string, n: number) => ({
  ...{ specversion: '1.0', id: `${n}`, source, type: 't', data: { at: AT + (n % 3600_000), key: 'k' } },
});

/** Publishes as fast as the official client can, in messages of one event each; resolves once all are accepted. */
export async function publishAll(messages: number): Promise<void> {
  const pubsub = new PubSub({ projectId: PROJECT });
  const topic = pubsub.topic('events-raw', { batching: { maxMessages: 200 }, gaxOpts: PATIENT });
  const underWay = new Set<Promise<unknown>>();
  const attributes = { 'content-type': 'application/cloudevents+json', pipeline: 'flood' };
  for (let n = 0; n < messages; n++) {
    const data = Buffer.from(JSON.stringify(eventOf('/pubsub', n)));
    const publishing: Promise<unknown> = topic
      .publishMessage({ data, attributes })
      .then(() => underWay.delete(publishing));
    underWay.add(publishing);
    if (underWay.size >= AHEAD) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  await pubsub.close();
}

/**
 * Posts as many requests of one event each until all are accepted, several at a time.
 * @param pauseMs before a request that was refused is repeated
 * @returns how often each status was answered
 */
export async function postAll(
  endpoint: URL,
  requests: number,
  key: string,
  pauseMs: number,
): Promise<ReadonlyMap<number, number>> {
  const answers = new Map<number, number>();
  let next = 0;
  const post = async (n: number): Promise<void> => {
    for (;;) {
      const { status, headers } = await fetch(`${endpoint}/flood`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json', 'x-api-key': key },
        body: JSON.stringify(eventOf('/http', n)),
      });
      answers.set(status, (answers.get(status) ?? 0) + 1);
      if (status === 202) return;
      if (!headers.has('retry-after')) throw new Error(`${status} does not say when to come again`);
      await sleep(pauseMs);
    }
  };
  const poster = async (): Promise<void> => {
    while (next < requests) await post(next++);
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, poster));
  return answers;
}

if (import.meta.main) await publishAll(Number(process.argv[2]));
