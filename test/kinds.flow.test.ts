import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestSuite } from './support/suite.ts';

const PIPELINE = `
description: Visits of pages, by whom
schema:
  type: object
  required: [at, who]
  properties: { at: { type: integer }, who: { type: string }, read: { type: number } }
time: { field: at }
key: who
windows:
  often: { size: 6m, every: 2m, lateness: 1h, values: { read: read } }
  visits: { session: 90s, lateness: 1h, values: { read: read } }
`;
const START = Date.parse('2026-03-01T00:00:00Z');
const MINUTE = 60_000;
const [SIZE, SLIDE, GAP] = [6 * MINUTE, 2 * MINUTE, 90_000];

/** Visits over an hour, out of order: some come all the time, others leave for longer than the gap. */
const visits = Array.from({ length: 2000 }, (_, n) => {
  const [who, minutes] = n % 10 === 0 ? ['seldom', 12] : n % 3 === 0 ? ['now and then', 4] : ['often', 0];
  const second = (n * 7919) % 3600;
  const held = minutes === 0 ? second : second - (second % (minutes * 60)) + (n % 50);
  return { at: START + held * 1000, who, read: (n % 17) / 10 };
});

interface Told {
  readonly count: number;
  readonly tenths: number;
}

const told = (own: typeof visits): Told => ({
  count: own.length,
  tenths: own.reduce((sum, { read }) => sum + Math.round(read * 10), 0),
});

/** Windows by start and key, by another way: for each of them all visits are looked through. */
function windowsExpected(): Map<string, Told> {
  const expected = new Map<string, Told>();
  for (let start = START - SIZE; start < START + 60 * MINUTE; start += SLIDE) {
    for (const who of new Set(visits.map(visit => visit.who))) {
      const own = visits.filter(visit => visit.who === who && visit.at >= start && visit.at < start + SIZE);
      if (own.length > 0) expected.set(`${new Date(start).toISOString()} ${who}`, told(own));
    }
  }
  return expected;
}

/** Sessions by start and key: visits in order, cut wherever a gap lies between. */
function sessionsExpected(): Map<string, Told & { readonly end: string }> {
  const expected = new Map<string, Told & { readonly end: string }>();
  for (const who of new Set(visits.map(visit => visit.who))) {
    const own = visits.filter(visit => visit.who === who).sort((a, b) => a.at - b.at);
    const cuts = own.flatMap(({ at }, n) => (n === 0 || at - own[n - 1]!.at >= GAP ? [n] : []));
    for (const [index, from] of cuts.entries()) {
      const session = own.slice(from, cuts[index + 1]);
      const end = new Date(session.at(-1)!.at + GAP).toISOString();
      expected.set(`${new Date(session[0]!.at).toISOString()} ${who}`, { ...told(session), end });
    }
  }
  return expected;
}

let pipelines: string;
beforeAll(() => {
  pipelines = mkdtempSync(join(tmpdir(), 'kinds-flow-'));
  writeFileSync(join(pipelines, 'visits.yaml'), PIPELINE.trimStart());
});
afterAll(() => rmSync(pipelines, { recursive: true }));

it('sliding windows and sessions are exact though all steps are killed again and again', {
  timeout: 60_000,
}, async () => {
  await using millrace = await startTestSuite({ pipelines });
  const { functions } = millrace.suite;
  await functions.ready();
  const id = await millrace.upload(
    'visits/all.ndjson',
    visits.map(visit => JSON.stringify(visit)).join('\n'),
  );
  for (const pause of [400]) {
    await sleep(pause);
    const before = functions.restarts;
    functions.kill();
    await expect.poll(() => functions.restarts).toBeGreaterThan(before);
    await functions.ready();
  }
  expect(await millrace.settled(id)).toMatchObject({
    state: 'done',
    counts: { accepted: visits.length, late: 0 },
  });
  const { docs } = await millrace.firestore.collection('windows/visits/panes').get();
  const windows = new Map<string, Told>();
  const sessions = new Map<string, Told & { readonly end: string }>();
  for (const pane of docs) {
    expect(pane.get('timing')).not.toBe('early');
    const start = (pane.get('start').toDate() as Date).toISOString();
    for (const [who, group] of Object.entries(pane.get('keys') as Record<string, Shown>)) {
      const said = { count: group.count, tenths: Math.round(group.read.sum * 10) };
      if (pane.get('window') === 'often') windows.set(`${start} ${who}`, said);
      else sessions.set(`${textOf(group.start)} ${who}`, { ...said, end: textOf(group.end) });
    }
  }
  expect(windows).toEqual(windowsExpected());
  expect(sessions).toEqual(sessionsExpected());
  expect(sessions.size).toBeGreaterThan(10);
});

interface Shown {
  readonly count: number;
  readonly read: { readonly sum: number };
  readonly start?: { toDate(): Date };
  readonly end?: { toDate(): Date };
}

const textOf = (moment: Shown['start']): string => moment!.toDate().toISOString();
