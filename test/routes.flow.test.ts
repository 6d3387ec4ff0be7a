import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Message } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PipelineError } from '../shared/pipelines/load.ts';
import { type OwnRoot, ownRoot } from './support/root.ts';
import { ROOT, startTestSuite, type TestSuite } from './support/suite.ts';

const ITEMS = readFileSync(join(ROOT, 'test/pipelines/items.yaml'), 'utf8');
const WINDOWS = `
  busy:
    size: 1m
    filter: has(data.value) && data.value >= 0
    measures:
      notes: { distinct: note }
      spread: { quantiles: value, at: [p50] }
      heat: { decay: 1, half-life: 10s }
      latest: { last: note }
      often: { top: note, most: 1 }
    having: count >= 2 && notes.estimate > 1
    top: { by: heat.value, most: 2 }
`;
const PIPELINE = `${ITEMS.replace('windows:\n', `windows:${WINDOWS}`)}routes:
  large: data.value >= 50
  noted: has(data.note) && data.note.startsWith("x")
`;
const TOPICS = `
large: { description: Large ones, routed: true, readBy: this test }
noted: { description: Those with a note, routed: true, readBy: this test }
`;

let own: OwnRoot;
let millrace: TestSuite;
beforeAll(async () => {
  own = ownRoot('', { 'items.yaml': PIPELINE }, TOPICS);
  millrace = await startTestSuite({ root: own.root, pipelines: own.pipelines });
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
  own[Symbol.dispose]();
});

const record = (key: string, value: number | undefined, note: string, second: number) => ({
  ...{ at: `2026-03-01T12:00:${String(second).padStart(2, '0')}Z`, key, note },
  ...(value !== undefined && { value }),
});

/** What comes on a topic, to a subscription of the official client's. */
async function listen(topic: string) {
  const [subscription] = await millrace.pubsub.topic(topic).createSubscription(`test-${topic}`);
  const messages: Message[] = [];
  subscription.on('message', message => {
    messages.push(message);
    message.ack();
  });
  return {
    messages,
    values: () =>
      messages.flatMap(({ data }) =>
        (JSON.parse(data.toString()) as { data: { value: number } }[]).map(event => event.data.value),
      ),
    until: async (count: number) => {
      while (messages.length < count)
        await new Promise<void>(done => subscription.once('message', () => setImmediate(done)));
    },
    close: () => subscription.close(),
  };
}

describe('routes', () => {
  it('bring each event to the topics whose conditions it meets, in a batch that is the same at every delivery', async () => {
    const [large, noted] = [await listen('large'), await listen('noted')];
    const attributes = { pipeline: 'items', 'content-type': 'application/cloudevents-batch+json' };
    const batch = [10, 50, 70, 49.9].map((value, at) => ({
      ...{ specversion: '1.0', source: 'test', type: 't', id: `${at}` },
      data: record('routed', value, value === 10 ? 'xyz' : 'none', 1),
    }));
    const topic = millrace.pubsub.topic('events-raw');
    for (let copy = 0; copy < 3; copy++) await topic.publishMessage({ json: batch, attributes });
    await Promise.all([large.until(3), noted.until(3)]);
    await millrace.suite.eventarc.idle();
    expect(large.values()).toEqual([50, 70, 50, 70, 50, 70]);
    expect(noted.values()).toEqual([10, 10, 10]);
    for (const { messages, name } of [
      { ...large, name: 'large' },
      { ...noted, name: 'noted' },
    ]) {
      expect(new Set(messages.map(message => message.attributes['batchid']))).toHaveProperty('size', 1);
      const { batchid, pipeline, records } = messages[0]!.attributes;
      expect({ pipeline, records }).toEqual({ pipeline: 'items', records: name === 'large' ? '2' : '1' });
      expect(batchid).toMatch(new RegExp(`^b-.*\\.${name}$`));
    }
    // Nothing of a batch that has nothing for them.
    const before = large.messages.length + noted.messages.length;
    await topic.publishMessage({ json: record('routed', 1, 'none', 2), attributes: { pipeline: 'items' } });
    await millrace.suite.eventarc.idle();
    expect(large.messages.length + noted.messages.length).toBe(before);
    await Promise.all([large.close(), noted.close()]);
  });

  it('that lead nowhere keep the suite from starting, with their line', async () => {
    using other = ownRoot('', { 'items.yaml': PIPELINE });
    const started = startTestSuite({ root: other.root, pipelines: other.pipelines });
    await expect(started).rejects.toThrow(PipelineError);
    await expect(started).rejects.toThrow(/^pipelines\/items\.yaml:\d+:3: there is no topic "large"/);
  });
});

it('a window counts what its filter takes, and shows the keys of its condition by rank, with measures of every kind', async () => {
  const lines = [
    ...[1, 2, 3].map(value => record('hot', value, `n${value}`, 50 + value)),
    ...[1, 2, 3, 4, 5, 6].map(value => record('cold', value, `n${value % 2}`, value)),
    ...[7, 8].map(value => record('warm', value, `n${value}`, 40)),
    ...[1, 2, 3].map(() => record('plain', 5, 'same', 53)),
    ...[record('hot', -1, 'below', 53), record('hot', undefined, 'none', 53)],
  ];
  const id = await millrace.upload('items/ranks.ndjson', lines.map(line => JSON.stringify(line)).join('\n'));
  expect(await millrace.settled(id)).toMatchObject({ state: 'done', counts: { accepted: lines.length } });
  // With those that the routes' test has published three times over.
  const pane = await millrace.firestore.doc('windows/items/panes/busy~2026-03-01T12:00:00.000Z').get();
  expect(pane.data()).toMatchObject({ count: 19, hidden: 3, ranking: ['hot', 'warm'] });
  const keys = pane.get('keys') as Record<string, Record<string, unknown>>;
  expect(Object.keys(keys).sort()).toEqual(['hot', 'warm']);
  expect(keys['hot']).toMatchObject({
    count: 3,
    notes: { estimate: 3, missing: 0 },
    spread: { count: 3, min: 1, max: 3, mean: 2, p50: expect.closeTo(2, 1) },
    heat: { value: expect.closeTo(1 + 2 ** -0.1 + 2 ** -0.2, 9), at: '2026-03-01T12:00:53.000Z' },
    latest: { value: 'n3', time: '2026-03-01T12:00:53.000Z' },
    often: { items: [{ item: 'n1', count: 1 }], error: 0 },
  });
});
