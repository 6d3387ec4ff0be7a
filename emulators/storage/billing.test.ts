import { expect, test } from 'vitest';
import { CAUSE_HEADER } from '../meter/cause.ts';
import { Meter } from '../meter/meter.ts';
import { fixture } from './testing.ts';

test('requests are billed by their class; what fails, and what deletes, is free', async () => {
  const meter = new Meter();
  const { client } = await fixture({ meter });
  const bucket = client.bucket('uploads');
  const file = bucket.file('a.json');
  await file.save('{}', { resumable: false });
  await file.save('{}', { resumable: true });
  expect(meter.counts['clients']).toMatchObject({ 'storage.classA': 2 });
  await file.getMetadata();
  await file.download();
  await bucket.getFiles();
  await expect(bucket.file('none').download()).rejects.toThrow();
  await file.delete();
  const { 'storage.free': free = 0, ...billed } = meter.counts['clients']!;
  expect(billed).toEqual({ 'storage.classA': 3, 'storage.classB': 2 });
  expect(free).toBeGreaterThanOrEqual(1);
});

test('a request is on the account of the step in whose name it comes', async () => {
  const meter = new Meter();
  const { url } = await fixture({ meter });
  await fetch(`${url}/b/uploads`, { headers: { [CAUSE_HEADER]: 'ingest;4;0.1' } });
  expect(meter.counts).toEqual({ ingest: { 'storage.classB': 1 } });
});
