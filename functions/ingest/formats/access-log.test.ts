import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AccessRecord } from './access-line.ts';
import { reading, rejects, values } from './testkit.ts';

const TIME = '[10/Oct/2000:13:55:36 -0700]';
const line = ({
  user = 'frank',
  time = TIME,
  request = 'GET /apache_pb.gif HTTP/1.0',
  rest = '200 2326',
} = {}) =>
  `127.0.0.1 - ${user} ${time} "${request}" ${rest} "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"`;

async function recordOf(text: string): Promise<AccessRecord> {
  const { items, format } = await reading(text);
  expect([format, rejects(items)]).toEqual(['access-log', []]);
  return values(items)[0] as AccessRecord;
}

describe('a line of an access log', () => {
  it('is a record with typed values', async () => {
    expect(await recordOf(line())).toEqual({
      remote: '127.0.0.1',
      ident: null,
      user: 'frank',
      time: '2000-10-10T13:55:36-07:00',
      method: 'GET',
      path: '/apache_pb.gif',
      protocol: 'HTTP/1.0',
      status: 200,
      statusClass: '2xx',
      bytes: 2326,
      referrer: 'http://www.example.com/start.html',
      agent: 'Mozilla/4.08 [en] (Win98; I ;Nav)',
    });
  });

  it.each([
    ['GET /', { method: 'GET', path: '/', protocol: null }],
    ['GET /a b HTTP/1.1', { method: 'GET', path: '/a b', protocol: 'HTTP/1.1' }],
    ['-', { method: null, path: null, protocol: null }],
    [String.raw`\x16\x03\x01`, { method: null, path: '\x16\x03\x01', protocol: null }],
    [String.raw`GET /\xe4\xe5 HTTP/1.1`, { path: String.raw`/\xe4\xe5` }],
    [String.raw`GET /\xc3\xa9 HTTP/1.1`, { path: '/é' }],
    [String.raw`GET /\"a\\b\tc HTTP/1.1`, { path: '/"a\\b\tc' }],
  ])('with the request %s says of it %j', async (request, expected) => {
    expect(await recordOf(line({ request }))).toMatchObject(expected);
  });

  it('may have a user with spaces, and no size', async () => {
    const record = await recordOf(line({ user: 'Frank [the] "tank"', rest: '304 -' }));
    expect(record).toMatchObject({
      user: 'Frank [the] "tank"',
      status: 304,
      statusClass: '3xx',
      bytes: null,
    });
  });

  it.each([
    ['free text', /does not begin with address/],
    [line({ time: '[2000-10-10T13:55:36Z]' }), /time is not like \[10\/Oct\/2000:13:55:36 -0700\]/],
    [line({ time: '[31/Feb/2000:13:55:36 +0000]' }), /"31\/Feb\/2000:13:55:36 \+0000" is no time/],
    [line({ time: '[01/Foo/2000:13:55:36 +0000]' }), /is no time/],
    [line({ time: '[01/Jan/2000:24:00:00 +0000]' }), /is no time/],
    [line({ request: 'GET /"' }), /not followed by status/],
    [line({ rest: '600 1' }), /not followed by status/],
    [line({ rest: '200 -1' }), /not followed by status/],
    [line().slice(0, -1), /does not end with referrer and agent/],
    [`${line()} more`, /does not end with referrer and agent/],
  ])('is rejected with its number and a reason: %s', async (bad, reason) => {
    const { items } = await reading([line(), bad, '', line()].join('\r\n'));
    expect(items.map(({ kind }) => kind)).toEqual(['record', 'reject', 'record']);
    expect(rejects(items)[0]).toMatch(/^2: /);
    expect(rejects(items)[0]).toMatch(reason);
  });

  it('made to be searched for ever is answered at once', async () => {
    const hostile = [' ['.repeat(150_000), ` ${TIME} "`.repeat(11_000), `::1 - ${'a '.repeat(150_000)}`];
    const began = performance.now();
    const { items } = await reading([line(), line(), line(), line(), ...hostile].join('\n'));
    expect(rejects(items)).toHaveLength(3);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

const LOG = resolve(import.meta.dirname, '../../../../shared/data/access.log');
const here = existsSync(LOG);
if (!here) console.log(`Skipped: the real access log is not at ${LOG}.`);

describe.skipIf(!here)('a real access log', () => {
  it('is read but for its one malformed line', async () => {
    const bytes = readFileSync(LOG);
    const lines = bytes.toString('latin1').trimEnd().split('\n');
    const { items } = await reading(bytes);
    expect(rejects(items)).toEqual([expect.stringMatching(/^8899: .*does not end with referrer and agent/)]);
    const records = values(items) as AccessRecord[];
    expect(records).toHaveLength(lines.length - 1);
    // Cut out by words, not by the pattern.
    const words = lines.toSpliced(8898, 1).map(text => text.split('"')[2]!.trim().split(' '));
    expect(records.map(({ status }) => String(status))).toEqual(words.map(([status]) => status));
    expect(records.map(({ bytes: sent }) => String(sent ?? '-'))).toEqual(words.map(([, sent]) => sent));
  });
});
