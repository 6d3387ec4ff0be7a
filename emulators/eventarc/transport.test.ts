import { expect, it } from 'vitest';
import { toBinaryHeaders } from '../../shared/events/cloudevent.ts';
import { fromMessage, parcelOf, toMessage } from './transport.ts';

const EVENT = {
  attributes: { id: 'a', source: '/s', type: 't', datacontenttype: 'application/json' },
  data: Buffer.from('{}'),
};
const stored = { messageId: '7', publishTime: 0 };

it('an event comes out of its message as it went in, whatever else the message bears', () => {
  const message = toMessage(EVENT);
  expect(fromMessage({ ...message, ...stored })).toEqual(EVENT);
  const attributes = { ...message.attributes, 'redrive-to': 'ingest-on-upload' };
  expect(fromMessage({ ...message, ...stored, attributes })).toEqual(EVENT);
});

it('an event with an attribute too long for Pub/Sub travels in the structured form', () => {
  const long = { ...EVENT, attributes: { ...EVENT.attributes, subject: 'x'.repeat(2000) } };
  expect(fromMessage({ ...toMessage(long), ...stored })).toEqual(long);
});

it('a message is POSTed as the event in it, without what else the message bears', () => {
  const attributes = { ...EVENT.attributes, subject: 'documents/Zoë "100%"' };
  const named = toMessage({ ...EVENT, attributes });
  const message = {
    ...named,
    ...stored,
    attributes: { ...named.attributes, 'redrive-to': 'ingest-on-upload' },
  };
  expect(parcelOf(message)).toEqual({ headers: toBinaryHeaders(attributes), body: [EVENT.data] });
  expect(parcelOf(message).headers['ce-subject']).toBe('documents/Zo%C3%AB%20%22100%25%22');
  const { id: _, ...withoutId } = attributes;
  expect(parcelOf({ ...toMessage({ ...EVENT, attributes: withoutId }), ...stored }).headers['ce-id']).toBe(
    '7',
  );
  const long = { ...attributes, subject: 'ö'.repeat(600) };
  const parcel = parcelOf({ ...toMessage({ ...EVENT, attributes: long }), ...stored });
  expect(parcel).toEqual({ headers: toBinaryHeaders(long), body: [EVENT.data] });
});
