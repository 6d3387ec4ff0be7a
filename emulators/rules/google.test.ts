import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { findGoogleJar, startGoogle } from '../firestore/google.testing.ts';
import type { Timestamp } from '../firestore/types.ts';
import { COMMITS } from './commits.testing.ts';
import { EXPRESSIONS, FIELDS } from './expressions.testing.ts';
import { QUERIES, queryOf, STORED } from './queries.testing.ts';
import { condition, document, where } from './random.testing.ts';
import { loadRules } from './ruleset.ts';
import { ME as CALLER, guard, PROJECT, ROOT, ruleOf, rulesOf, storedDocument } from './testing.ts';
import { CASES, verdicts } from './verdicts.testing.ts';

const RULES = Number(process.env['MILLRACE_RULES'] ?? 20);

const jar = findGoogleJar();
let google: { port: number; stop(): void } | undefined;
let missing = 'the Google Cloud SDK with cloud-firestore-emulator is not installed';

beforeAll(async () => {
  if (!jar) return;
  try {
    google = await startGoogle(jar);
  } catch (error) {
    missing = `Google's emulator did not start: ${String(error)}`;
  }
});
beforeEach(async context => {
  if (!google) return context.skip(missing);
  await send('DELETE', `emulator/v1/projects/${PROJECT}/databases/(default)/documents`, 'owner');
});
afterAll(() => google?.stop());

/** An unsigned ID token of the user `me`, as emulators take it. */
const ME = [
  { alg: 'none', typ: 'JWT' },
  {
    sub: 'me',
    user_id: 'me',
    aud: PROJECT,
    iss: `https://securetoken.google.com/${PROJECT}`,
    iat: 0,
    exp: 4e9,
  },
  '',
]
  .map(part => part && Buffer.from(JSON.stringify(part)).toString('base64url'))
  .join('.');

/** Protocol Buffers' JSON has texts for times and bytes. */
function json(_: string, value: unknown): unknown {
  const { seconds, nanos, type } = (value ?? {}) as Partial<Timestamp> & { type?: string };
  if (type === 'Buffer') return Buffer.from(value as never).toString('base64');
  if (seconds === undefined) return value;
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${String(nanos).padStart(9, '0')}Z`;
}

async function send(method: string, path: string, token: string, body?: object): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${google!.port}/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body && { body: JSON.stringify(body, json) }),
  });
  await response.arrayBuffer();
  return response.status;
}

const load = async (content: string): Promise<void> => {
  const files = [{ name: 'firestore.rules', content }];
  expect(
    await send('PUT', `emulator/v1/projects/${PROJECT}:securityRules`, 'owner', { rules: { files } }),
  ).toBe(200);
};
const write = (path: string, fields: object) => send('PATCH', `v1/${ROOT}/${path}`, 'owner', { fields });

test("Google's emulator gives everybody the same verdicts by terraform/firestore.rules", async () => {
  const found = await verdicts(google!.port);
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(CASES.map(({ what, allowed }) => [what, allowed])),
  );
}, 60_000);

test("Google's emulator judges the expressions alike", async () => {
  const all = Object.values(EXPRESSIONS).flatMap(({ allowed, denied }) => [
    ...allowed.map(condition => [condition, 200] as const),
    ...denied.map(condition => [condition, 403] as const),
  ]);
  // Each on a document of its own: one file of rules is for all.
  const own = (condition: string, i: number): string => condition.replaceAll('/t/x', `/t${i}/x`);
  const matches = all.map(([condition], i) => `match /t${i}/{id} { allow get: if\n${own(condition, i)}\n; }`);
  await load(rulesOf(matches.join('\n')));
  const writes = all.map((_, i) => ({ update: { name: `${ROOT}/t${i}/x`, fields: FIELDS } }));
  expect(await send('POST', `v1/${ROOT}:commit`, 'owner', { writes })).toBe(200);
  const statuses = await Promise.all(all.map((_, i) => send('GET', `v1/${ROOT}/t${i}/x`, ME)));
  expect(all.filter(([, status], i) => statuses[i] !== status)).toEqual([]);
}, 60_000);

test("Google's emulator judges queries alike, but for those that it lets through unproven", async () => {
  for (const [path, fields] of Object.entries(STORED)) await write(path, fields);
  const wrong: string[] = [];
  for (const one of QUERIES) {
    const { rule, match = '/t/{id}', parent, allowed, google: theirs = allowed } = one;
    await load(rulesOf(`match ${match} { allow list: if ${rule}; }`));
    const path = `v1/${ROOT}${parent ? `/${parent}` : ''}:runQuery`;
    const status = await send('POST', path, ME, { structuredQuery: jsonQuery(one) });
    if (status !== (theirs ? 200 : 403)) wrong.push(`${rule}: ${status}`);
  }
  expect(wrong).toEqual([]);
}, 60_000);

/** Wrappers of numbers are plain in JSON. */
function jsonQuery(one: (typeof QUERIES)[number]): object {
  const { limit, ...query } = queryOf(one);
  return { ...query, ...(limit && { limit: limit.value }) };
}

test("Google's emulator judges random rules alike, and lets through every query that is let through here", async () => {
  const rules = fc
    .sample(fc.tuple(condition, where, document), { numRuns: 4 * RULES, seed: 5 })
    .filter(loads)
    .slice(0, RULES);
  const matches = rules.map(([rule], i) => `match /t${i}/{id} { allow read: if ${rule}; }`).join('\n');
  await load(rulesOf(matches));
  const documents = rules.map(([, , fields], i) => storedDocument(`t${i}/d0`, fields));
  const writes = documents.map(({ name, fields }) => ({ update: { name, fields } }));
  await send('POST', `v1/${ROOT}:commit`, 'owner', { writes });
  const access = guard(rulesOf(matches), ...documents);
  const wrong: string[] = [];
  for (const [i, [rule, filter]] of rules.entries()) {
    const query = { from: [{ collectionId: `t${i}` }], where: filter };
    const [read, listed] = await Promise.all([
      send('GET', `v1/${ROOT}/t${i}/d0`, ME),
      send('POST', `v1/${ROOT}:runQuery`, ME, { structuredQuery: query }),
    ]);
    if ((read === 200) !== access.read(`t${i}/d0`).allowed)
      wrong.push(`${rule}: ${JSON.stringify(rules[i]![2])}`);
    if (listed === 403 && access.list(CALLER, ROOT, query).allowed)
      wrong.push(`${rule}: ${JSON.stringify(filter)}`);
  }
  expect(wrong).toEqual([]);
}, 60_000);

function loads([rule]: readonly [string, ...unknown[]]): boolean {
  try {
    loadRules(ruleOf(rule));
    return true;
  } catch {
    return false;
  }
}

test("Google's emulator judges commits alike", async () => {
  const wrong: string[] = [];
  for (const { what, rules, stored = {}, writes, allowed } of COMMITS) {
    await send('DELETE', `emulator/v1/projects/${PROJECT}/databases/(default)/documents`, 'owner');
    for (const [path, fields] of Object.entries(stored)) await write(path, fields);
    await load(rulesOf(rules));
    const status = await send('POST', `v1/${ROOT}:commit`, ME, { writes });
    // What the rules let through may fail for its precondition.
    if ((status !== 403) !== allowed || status === 400) wrong.push(`${what}: ${status}`);
  }
  expect(wrong).toEqual([]);
}, 60_000);
