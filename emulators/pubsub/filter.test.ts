import { describe, expect, it } from 'vitest';
import { createBroker } from './broker.ts';
import { compileFilter } from './filter.ts';

const en = { lang: 'en', 'iana.org/tag': 'x"y', empty: '' };

describe('a filter', () => {
  it.each<[string, boolean]>([
    ['attributes:lang', true],
    ['attributes:missing', false],
    ['attributes:constructor', false],
    ['attributes:empty', true],
    ['attributes:"iana.org/tag"', true],
    ['attributes.lang = "en"', true],
    ['attributes.lang="de"', false],
    ['attributes.lang != "de"', true],
    ['attributes.lang != "en"', false],
    ['attributes.missing != "en"', true],
    ['attributes."iana.org/tag" = "x\\"y"', true],
    ['attributes.lang = "\\x65\\u006e"', true],
    ['attributes.lang = "\\145n"', true],
    ['hasPrefix(attributes.lang, "e")', true],
    ['hasPrefix(attributes.lang, "n")', false],
    ['hasPrefix(attributes.missing, "")', false],
    ['NOT attributes:lang', false],
    ['-attributes:missing', true],
    ['NOT (attributes:lang AND attributes:missing)', true],
    ['attributes:lang AND attributes:empty AND attributes:missing', false],
    ['attributes:missing OR attributes:other OR attributes:lang', true],
    ['attributes:missing OR (attributes:lang AND NOT attributes.lang = "de")', true],
    ['  ( attributes:lang )  ', true],
  ])('%s', (source, matches) => expect(compileFilter(source)(en)).toBe(matches));

  it.each<[string, string]>([
    [
      'attributes:a AND attributes:b OR attributes:c',
      'parentheses around AND and OR that stand together at character 31',
    ],
    ['attributes.a = b', 'a string in double quotes at character 16'],
    ['attributes.a > "b"', 'unexpected character or string without an end at character 13'],
    ['data = "x"', 'expected attributes at character 1'],
    ['(attributes:a', 'expected ) at character 14'],
    ['attributes:a attributes:b', 'expected AND, OR or the end at character 14'],
    ['attributes.a = "b', 'string without an end'],
    ['', 'expected attributes at character 1'],
    [`attributes:${'a'.repeat(246)}`, '256 bytes'],
  ])('%s is refused with the place', (source, message) =>
    expect(() => compileFilter(source)).toThrow(message),
  );
});

it('a subscription with a filter gets only what matches, and nothing is kept for nobody', async () => {
  const broker = createBroker();
  const topic = 'projects/demo/topics/orders';
  const name = 'projects/demo/subscriptions/worker';
  broker.createTopic(topic);
  const config = { name, topic, ackDeadlineSeconds: 10, enableMessageOrdering: false, labels: {} };
  const create = (filter: string): void =>
    broker.createSubscription({ ...config, filter, messageRetentionSeconds: 600 });
  expect(() => create('nonsense')).toThrow('Invalid filter given (filter=nonsense)');
  create('attributes.kind = "a"');
  const ids = await broker.publish(
    topic,
    ['a', 'b', 'a'].map(kind => ({ data: Buffer.from('x'), attributes: { kind }, orderingKey: '' })),
  );
  const deliveries = await broker.lease(name, 10);
  expect(deliveries.map(({ message }) => message.messageId)).toEqual([ids[0], ids[2]]);
  broker.ack(
    name,
    deliveries.map(({ ackId }) => ackId),
  );
  expect(broker.memoryBytes).toBe(0);
});
