import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestSuite, type TestSuite } from './support/suite.ts';

const PIPELINE = `description: Readings with the place of their sensor
schema:
  type: object
  required: [at, sensor]
  properties: { at: { type: integer }, sensor: { type: string } }
time: { field: at }
key: sensor
join:
  - { reference: sensors, column: id, on: sensor, as: place }
windows:
  daily: { size: 1d, lateness: 1d, lanes: 1, key: place.town }
feed: { sample: 100, keep: 1h }
`;

let folder: string;
let millrace: TestSuite;
const table = (content: string): void => writeFileSync(join(folder, 'reference/sensors.csv'), content);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'side-inputs-'));
  mkdirSync(join(folder, 'reference'));
  writeFileSync(join(folder, 'readings.yaml'), PIPELINE);
  table('id,town\na,Bern\n');
  millrace = await startTestSuite({ pipelines: folder });
  await millrace.suite.functions.ready();
});
afterAll(async () => {
  await millrace[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

let sent = 0;
/** An event, as of a version or of today's; what the steps have made of it. */
async function send(version?: string): Promise<{ town: unknown; version: unknown }> {
  const event = { specversion: '1.0', id: `${sent++}`, source: '/test', type: 't' };
  await millrace.pubsub.topic('events-raw').publishMessage({
    json: { ...event, data: { at: Date.now(), sensor: 'a' } },
    attributes: {
      ...{ 'content-type': 'application/cloudevents+json', pipeline: 'readings' },
      ...(version !== undefined && { version }),
    },
  });
  await millrace.suite.eventarc.idle();
  const { docs } = await millrace.firestore
    .collection('live/readings/liveEvents')
    .orderBy('at', 'desc')
    .limit(1)
    .get();
  return { town: docs[0]!.get('data').place?.town, version: docs[0]!.get('version') };
}

const versionNow = (): string => millrace.suite.pipelines[0]!.version;
const said = (part: string): number => millrace.log.filter(({ message }) => message.includes(part)).length;
async function until(done: () => boolean): Promise<void> {
  for (let end = Date.now() + 10_000; !done() && Date.now() < end; )
    await new Promise(next => setTimeout(next, 50));
}

it('reference data that is replaced while events flow is joined within six seconds, and old batches keep the old', async () => {
  const before = versionNow();
  expect(await send()).toEqual({ town: 'Bern', version: before });

  table('id,town\na,Thun\n');
  const changed = Date.now();
  let seen = await send();
  // Steps look for a newer version every five seconds.
  while (seen.town !== 'Thun' && Date.now() < changed + 10_000) seen = await send();
  expect(Date.now() - changed).toBeLessThan(6500);
  const after = versionNow();
  expect(after).not.toBe(before);
  expect(seen).toEqual({ town: 'Thun', version: after });
  // A batch that was stamped before is judged as it would have been then.
  expect(await send(before)).toEqual({ town: 'Bern', version: before });
  expect(await send()).toEqual({ town: 'Thun', version: after });
});

it('reference data that is broken is refused, and the old stays', async () => {
  const version = versionNow();
  table('id,twon\na,Biel\n');
  await until(() => said('The pipelines from before stay in force.') > 0);
  expect(said('pipelines/reference/sensors.csv has no column "town"')).toBe(1);
  expect(await send()).toEqual({ town: 'Thun', version });
  table('id,town\na,Biel\n');
  await until(() => versionNow() !== version);
  expect(said('pipelines/readings.yaml or its reference data has changed')).toBe(2);
});
