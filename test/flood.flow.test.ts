import { expect, it } from 'vitest';
import { flood } from './flood/flood.ts';
import { publishAll } from './flood/publishers.ts';

const MESSAGES = 150;
const REQUESTS = 30;
const MOST = 60;

it('a publisher who floods the suite is held back: all that is accepted counts once, and others get through', {
  timeout: 60_000,
}, async () => {
  const outcome = await flood({
    ...{ messages: MESSAGES, requests: REQUESTS, pauseMs: 50, probeEveryMs: 100, mostWaiting: MOST },
    publish: publishAll,
  });
  expect(outcome.counted).toBe(MESSAGES + REQUESTS);
  expect(outcome.probesCounted).toBe(outcome.latencies.length);
  // 202 or a time to come again, and nothing else.
  expect(outcome.answers[202]).toBe(REQUESTS);
  expect(Object.keys(outcome.answers)).toEqual(['202', '503']);
  // What was let in may be a request of 200 messages more, and each wakes up to three steps.
  expect(outcome.mostWaiting).toBeLessThan(3 * (MOST + 200 + REQUESTS));
});
