import { describe, expect, it } from 'vitest';
import { rejectMessages } from '../../shared/publish/publish.ts';
import { rejectOf } from '../../shared/rejects/reject.ts';
import { deadLettersOf } from './dead-letter.ts';

const message = (data: Buffer, attributes: Record<string, string>) => ({
  data,
  attributes,
  messageId: '9',
  publishTime: '2026-01-01T00:00:00Z',
});

describe('dead letters', () => {
  it('say of each reject where it stood and why', () => {
    const reject = rejectOf(
      'ingest',
      'quakes',
      'no JSON',
      { file: 'gs://b/f', line: 3, offset: 40, upload: 'u' },
      '{',
    );
    const [outgoing] = rejectMessages([reject]);
    const [letter] = deadLettersOf(message(outgoing!.data, outgoing!.attributes));
    expect(letter).toEqual({ ...reject, kind: 'rejected' });
  });

  it('keep a delivery that was given up, with what a redrive needs', () => {
    const attributes = {
      CloudPubSubDeadLetterSourceSubscription:
        'projects/p/subscriptions/eventarc-europe-west1-enrich-on-raw-sub-004',
      CloudPubSubDeadLetterSourceDeliveryCount: '10',
      batchid: 'u.3',
      pipeline: 'quakes',
    };
    const [letter] = deadLettersOf(message(Buffer.from('[]'), attributes));
    expect(letter).toMatchObject({
      kind: 'failed',
      trigger: 'enrich-on-raw',
      pipeline: 'quakes',
      reason: expect.stringContaining('10 times'),
      message: { attributes: { batchid: 'u.3', pipeline: 'quakes' } },
    });
    expect(deadLettersOf({ ...message(Buffer.from('[]'), attributes), messageId: '10' })[0]!.id).toBe(
      letter!.id,
    );
  });

  it.each([['{'], ['{}'], ['[1]'], ['[null]']])('keep a message that only claims to be rejects: %s', text => {
    const { attributes } = rejectMessages([rejectOf('a', 'b', 'c', {}, '')])[0]!;
    expect(deadLettersOf(message(Buffer.from(text), attributes))[0]).toMatchObject({ kind: 'failed' });
  });
});
