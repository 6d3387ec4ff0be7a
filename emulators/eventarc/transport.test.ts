import { expect, it } from 'vitest';
import { fromMessage, toMessage } from './transport.ts';

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
