import { describe, expect, it } from 'vitest';
import { encodeBatch } from '../shared/batches/codec.ts';
import { checkoutWith, type OtherCheckout } from './support/checkout.ts';
import { startTestSuite, type TestSuite } from './support/suite.ts';

const BY: Readonly<Record<string, string>> = {
  'enrich-on-raw': 'pull',
  'aggregate-on-events': 'streaming-pull',
  'detect-on-events': 'pull',
  'feed-on-events': 'streaming-pull',
};

/** The repository's own wiring, with workers in the place of pushes. */
const pulled = (): OtherCheckout =>
  checkoutWith(triggers =>
    triggers.replace(/^([a-z-]+)(: .*) \}$/gm, (line, name: string, rest: string) =>
      BY[name] ? `${name}${rest}, by: ${BY[name]} }` : line,
    ),
  );

const record = (key: string, value: unknown, minute: number) =>
  JSON.stringify({ at: `2026-03-01T12:0${minute}:30Z`, key, value });

/** 900 records of seven keys over five minutes; every hundredth is refused, and two raise an alert. */
const UPLOAD = Array.from({ length: 900 }, (_, at) =>
  record(`k${at % 7}`, at % 100 === 99 ? 'no number' : at === 5 || at === 600 ? 5000 : at, at % 5),
).join('\n');

/** One event, twice; a batch that has been through nothing; what is no JSON. */
async function publish({ pubsub, suite }: TestSuite): Promise<void> {
  const event = { specversion: '1.0', id: 'live 1', source: '/zoë', type: 't' };
  const attributes = Object.entries(event).map(([name, value]) => [`ce-${name}`, value]);
  const live = {
    data: Buffer.from(record('live', 1, 1)),
    attributes: { ...Object.fromEntries(attributes), pipeline: 'items' },
  };
  const raw = pubsub.topic('events-raw');
  await Promise.all([raw.publishMessage(live), raw.publishMessage(live)]);
  await raw.publishMessage({ data: Buffer.from('{'), attributes: { pipeline: 'items' } });
  const { version } = suite.pipelines.find(({ name }) => name === 'items')!;
  const [unripe] = encodeBatch({ id: 'unripe', pipeline: 'items', version, records: 1 }, [
    JSON.stringify(event),
  ]);
  await pubsub.topic('events').publishMessage(unripe!);
}

/** What came of it, without what differs from run to run: ids of uploads and times of writing. */
async function documentsOf({ firestore, panes }: TestSuite): Promise<object> {
  const [alerts, letters, entities, ledger] = await Promise.all(
    ['alerts', 'deadLetters', 'entities/items/entityItems', '_millrace/aggregate/ledger'].map(
      async path => (await firestore.collection(path).get()).docs,
    ),
  );
  const sum = (name: string): number => ledger!.reduce((all, entry) => all + Number(entry.get(name) ?? 0), 0);
  return {
    panes: [...(await panes('items'))].sort(([a], [b]) => (a < b ? -1 : 1)),
    alerts: alerts!.map(alert => [alert.get('rule'), alert.get('title')]).sort(),
    letters: letters!
      .map(letter => [letter.get('step'), letter.get('origin.line'), letter.get('reason')])
      .sort(),
    entities: entities!.map(entity => [entity.id, entity.get('data')]),
    ledger: ['records', 'accepted', 'rejected', 'late', 'repeated'].map(name => [name, sum(name)]),
  };
}

async function run(
  root: string | undefined,
): Promise<{ documents: object; delivered: number[]; by: string[] }> {
  await using millrace = await startTestSuite(root === undefined ? {} : { root });
  await publish(millrace);
  await millrace.settled(await millrace.upload('items/minutes.ndjson', UPLOAD));
  const minute = async () => (await millrace.panes('items')).get('2026-03-01T12:01:00.000Z');
  await expect.poll(minute, { timeout: 10_000 }).toHaveProperty('live'); // By the next run of `tick`.
  const { triggers } = millrace.suite.eventarc.status();
  const either = triggers.filter(({ name }) => name in BY);
  return {
    documents: await documentsOf(millrace),
    delivered: either.map(one => one.delivered),
    by: [...new Set(either.map(({ kind }) => kind))],
  };
}

describe('the same input', () => {
  it('gives the same documents by push, by pull and by streaming pull', { timeout: 120_000 }, async () => {
    const pushed = await run(undefined);
    expect(pushed.by).toEqual(['eventarc']);
    expect(pushed.documents).toMatchObject({
      alerts: { length: 2 },
      entities: { length: 8 },
      letters: { length: 9 + 1 + 3 },
      ledger: [
        ['records', 901],
        ['accepted', 892],
        ['rejected', 9],
        ['late', 0],
        ['repeated', 0],
      ],
    });
    using checkout = pulled();
    expect(await run(checkout.root)).toEqual({ ...pushed, by: ['worker'] });
  });
});
