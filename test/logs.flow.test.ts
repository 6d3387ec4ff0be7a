import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, startTestSuite, type TestSuite } from './support/suite.ts';

const LOG = resolve(ROOT, '../shared/data/access.log');
const here = existsSync(LOG);
if (!here) console.log(`Skipped: the real access log is not at ${LOG}.`);

type Sums = Record<string, Record<string, { count: number; bytes: number }>>;

/** Cut by words and by hand, without the code under test: minute → status class → sums. */
function oracle(lines: readonly string[]): Sums {
  const sums: Sums = {};
  for (const line of lines) {
    const at = line.indexOf('[');
    const minute = new Date(
      `${line.slice(at + 1, at + 12).replaceAll('/', ' ')} ${line.slice(at + 13, at + 18)} UTC`,
    );
    const [status = '', bytes] = line.split('"')[2]!.trim().split(' ');
    sums[minute.toISOString()] ??= {};
    const classes = sums[minute.toISOString()]!;
    classes[`${status[0]}xx`] ??= { count: 0, bytes: 0 };
    const sum = classes[`${status[0]}xx`]!;
    sum.count++;
    sum.bytes += bytes === '-' ? 0 : Number(bytes);
  }
  return sums;
}

describe.skipIf(!here)('a real access log', () => {
  let millrace: TestSuite;
  beforeAll(async () => {
    millrace = await startTestSuite({ pipelines: resolve(ROOT, 'pipelines') });
  });
  afterAll(async () => {
    await millrace[Symbol.asyncDispose]();
  });

  it('is counted by minute and status class though its lines are out of order, but for one that is malformed', async () => {
    const content = readFileSync(LOG);
    const lines = content.toString('latin1').trimEnd().split('\n');
    const id = await millrace.upload('logs/access.log', content);
    expect(await millrace.settled(id)).toMatchObject({
      state: 'done',
      format: 'access-log',
      counts: { records: 10_000, accepted: 9_999, rejected: 1, late: 0 },
    });

    const panes = await millrace.panes('logs');
    const found = Object.fromEntries(
      [...panes].map(([start, keys]) => [
        start,
        Object.fromEntries(
          Object.entries(keys).map(([status, { count, bytes }]) => [
            status,
            { count, bytes: (bytes as { sum?: number }).sum ?? 0 },
          ]),
        ),
      ]),
    );
    expect(found).toEqual(oracle(lines.toSpliced(8898, 1)));

    const [letter, ...others] = await millrace.deadLettersOf(id);
    expect(others).toEqual([]);
    expect(letter!.origin).toMatchObject({ file: expect.stringMatching(/logs\/access\.log$/), line: 8899 });
    expect(letter!.reason).toMatch(/does not end with referrer and agent/);
    expect(letter!.excerpt).toBe(lines[8898]);

    const { docs } = await millrace.firestore.collection('alerts').where('rule', '==', 'server-error').get();
    expect(docs.map(alert => alert.get('title') as string).sort()).toEqual(
      lines
        .filter(line => line.includes('" 500 '))
        .map(line => `500 for ${line.split('"')[1]!.split(' ').slice(0, 2).join(' ')}`)
        .sort(),
    );
  });
});
