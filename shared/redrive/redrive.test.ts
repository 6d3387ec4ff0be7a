import { expect, it } from 'vitest';
import { asFirstSent, GIVEN_UP, isForAnother, redriveMessage, redriveOf, triggerOf } from './redrive.ts';

const KEPT = {
  data: Buffer.from('[]'),
  attributes: { batchid: 'u.3', pipeline: 'quakes' },
  id: '7',
  published: '2026-01-01T00:00:00.000Z',
};
const { data, attributes } = redriveMessage('enrich-on-raw', { letter: 'abc', count: 2 }, KEPT);
const subscription = (trigger: string) => `projects/p/subscriptions/eventarc-europe-west1-${trigger}-sub-004`;

it('A redriven message is for its trigger, and for no other of the topic', () => {
  expect(isForAnother(attributes, subscription('enrich-on-raw'))).toBe(false);
  expect(isForAnother(attributes, subscription('enrich-on-raw-too'))).toBe(true);
  expect(isForAnother(attributes, subscription('audit'))).toBe(true);
});

it('An ordinary message is for everybody', () => {
  expect(isForAnother(KEPT.attributes, subscription('audit'))).toBe(false);
  expect(isForAnother({}, subscription('audit'))).toBe(false);
});

it('A redriven message that was given up again reaches the dead letters as it is', () => {
  const givenUp = {
    ...attributes,
    [`${GIVEN_UP}Subscription`]: 'eventarc-europe-west1-enrich-on-raw-sub-004',
  };
  expect(isForAnother(givenUp, subscription('dead-letter-on-dead-letters'))).toBe(false);
  const message = { data, attributes: givenUp, messageId: '99', publishTime: KEPT.published };
  expect(asFirstSent(message)).toBe(message);
  expect(redriveOf(givenUp)).toEqual({ letter: 'abc', count: 2 });
});

it('A redriven message is taken where its trigger cannot be told', () => {
  expect(isForAnother(attributes, 'projects/p/subscriptions/mine')).toBe(false);
});

it('A step sees a redriven message as it was first sent, whatever it was sent as now', () => {
  const again = { data, attributes, messageId: '99', publishTime: '2027-01-01T00:00:00.000Z' };
  const first = { data: KEPT.data, attributes: KEPT.attributes };
  expect(asFirstSent(again)).toEqual({ ...first, messageId: '7', publishTime: KEPT.published });
  const plain = { ...first, messageId: '1', publishTime: KEPT.published };
  expect(asFirstSent(plain)).toBe(plain);
});

it('A redriven message says which letter it is of, and for which time', () => {
  expect(redriveOf(attributes)).toEqual({ letter: 'abc', count: 2 });
  expect(redriveOf(KEPT.attributes)).toBeUndefined();
});

it.each([
  [subscription('enrich-on-raw'), 'enrich-on-raw'],
  ['eventarc-local-1-tick-every-minute-sub-000', 'tick-every-minute'],
  ['eventarc-us-central1-a-sub-1-sub-123', 'a-sub-1'],
  ['projects/p/subscriptions/millrace-worker-aggregate-on-events', 'aggregate-on-events'],
  ['projects/p/subscriptions/worker-pool', undefined],
  ['projects/p/subscriptions/other', undefined],
  ['', undefined],
])('%j belongs to the trigger %s', (name, trigger) => {
  expect(triggerOf(name)).toBe(trigger);
});
