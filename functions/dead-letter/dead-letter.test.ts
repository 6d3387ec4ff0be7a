import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rejectMessages } from '../../shared/publish/publish.ts';
import { redriveMessage } from '../../shared/redrive/redrive.ts';
import { rejectOf } from '../../shared/rejects/reject.ts';
import { deadLettersOf } from './dead-letter.ts';
import { admit, NO_QUOTA, type Parcel } from './quota.ts';
import { byUpload } from './uploads.ts';

const message = (data: Buffer, attributes: Record<string, string>) => ({
  data,
  attributes,
  messageId: '9',
  publishTime: '2026-01-01T00:00:00Z',
});
const reject = rejectOf(
  'ingest',
  'quakes',
  'no JSON',
  { file: 'gs://b/f', line: 3, offset: 40, upload: 'u' },
  '{',
);
/** What Pub/Sub adds when it gives a message up. */
const GIVEN_UP = {
  CloudPubSubDeadLetterSourceSubscription: 'eventarc-europe-west1-enrich-on-raw-sub-004',
  CloudPubSubDeadLetterSourceSubscriptionProject: 'p',
  CloudPubSubDeadLetterSourceDeliveryCount: '10',
  CloudPubSubDeadLetterSourceTopicPublishTime: '2025-12-31T23:00:00.000+00:00',
};
const SENT = { batchid: 'u.3', pipeline: 'quakes', upload: 'u', file: 'gs://b/f' };

describe('dead letters', () => {
  it('say of each reject where it stood and why', () => {
    const [outgoing] = rejectMessages([reject]);
    const arrived = deadLettersOf(message(outgoing!.data, outgoing!.attributes));
    expect(arrived).toEqual([{ letter: { ...reject, kind: 'rejected', state: 'open' } }]);
  });

  it('keep a delivery that was given up as it was sent, with what a redrive needs', () => {
    const given = message(Buffer.from('[]'), { ...SENT, ...GIVEN_UP, 'millrace-error': 'HTTP 500' });
    const [arrived] = deadLettersOf(given);
    expect(arrived!.again).toBeUndefined();
    expect(arrived!.letter).toMatchObject({
      kind: 'failed',
      state: 'open',
      trigger: 'enrich-on-raw',
      pipeline: 'quakes',
      reason: 'enrich-on-raw failed 10 times: HTTP 500.',
      origin: { batch: 'u.3', upload: 'u', file: 'gs://b/f' },
      message: { attributes: SENT, id: '9', published: '2025-12-31T23:00:00.000Z' },
    });
    const twice = deadLettersOf({ ...given, messageId: '10' });
    expect(twice[0]!.letter.id).toBe(arrived!.letter.id);
  });

  it('are the same letter when a redrive fails, with the message as it was at first', () => {
    const [{ letter } = { letter: undefined }] = deadLettersOf(
      message(Buffer.from('[]'), { pipeline: 'quakes', ...GIVEN_UP }),
    );
    const { data, attributes } = redriveMessage(
      'enrich-on-raw',
      { letter: letter!.id, count: 2 },
      letter!.message!,
    );
    const later = {
      ...message(data, {
        ...attributes,
        ...GIVEN_UP,
        CloudPubSubDeadLetterSourceTopicPublishTime: '2026-02-01T00:00:00.000Z',
      }),
      messageId: '77',
    };
    expect(deadLettersOf(later)).toEqual([{ letter, again: { letter: letter!.id, count: 2 } }]);
  });

  it.each([['{'], ['{}'], ['[1]'], ['[null]'], ['[{"id":"a/b"}]'], ['[{"id":""}]']])(
    'keep a message that only claims to be rejects: %s',
    text => {
      const { attributes } = rejectMessages([rejectOf('a', 'b', 'c', {}, '')])[0]!;
      expect(deadLettersOf(message(Buffer.from(text), attributes))[0]!.letter.kind).toBe('failed');
    },
  );

  it('belong to no upload whose name could lead elsewhere', () => {
    const letters = ['../x', 'a/b', '.', '__x__', '', 'u'.repeat(201), 'quakes-1.json'].flatMap(upload => {
      const { data, attributes } = rejectMessages([{ ...reject, origin: { upload } }])[0]!;
      return deadLettersOf(message(data, attributes)).map(({ letter }) => letter);
    });
    const { alone, uploads } = byUpload(letters);
    expect(alone).toHaveLength(6);
    expect([...uploads.keys()]).toEqual(['quakes-1.json']);
  });
});

describe('the places of an upload', () => {
  it('are given once, and never beyond the most', () => {
    const first = admit(NO_QUOTA, [
      { key: 'a', size: 600 },
      { key: 'b', size: 600 },
    ]);
    expect(first).toEqual({
      places: [600, 400],
      quota: { admitted: { a: 600, b: 400 }, documents: 1000, overflowed: true },
    });
    expect(admit(first.quota, [{ key: 'c', size: 1 }])).toEqual({ places: [0], quota: first.quota });
  });

  it('are the same for every copy of a message, in any order and grouping', () => {
    const parcels = fc.uniqueArray(
      fc.record({ key: fc.string({ minLength: 1, maxLength: 3 }), size: fc.integer({ min: 1, max: 9 }) }),
      { selector: ({ key }) => key, minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(
        parcels.chain(own =>
          fc.tuple(
            fc.constant(own),
            fc.array(fc.array(fc.constantFrom(...own), { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
          ),
        ),
        ([own, groups]) => {
          let quota = NO_QUOTA;
          const given = new Map<Parcel, number>();
          for (const group of [...groups, own]) {
            const after = admit(quota, group, 20);
            quota = after.quota;
            for (const [at, parcel] of group.entries()) {
              const places = after.places[at]!;
              expect(places).toBe(given.get(parcel) ?? places);
              given.set(parcel, places);
            }
          }
          const total = own.reduce((sum, { size }) => sum + size, 0);
          const documents = [...given.values()].reduce((sum, places) => sum + places, 0);
          expect(documents).toBe(Math.min(total, 20));
          expect(quota).toMatchObject({ documents, overflowed: total > 20 });
        },
      ),
    );
  });
});
