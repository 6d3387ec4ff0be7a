import { FieldValue, Firestore } from '@google-cloud/firestore';
import { expect, it, vi } from 'vitest';
import { encodeDocumentEventData } from '../../shared/events/firestore-codec.ts';
import type { DocumentChange } from '../firestore/types.ts';
import type { LogLine } from '../functions/log.ts';
import { changeOf } from './changes.ts';
import { findFirestoreJar, HOW_TO_INSTALL } from './find.ts';
import { startGoogleFirestore } from './firestore.ts';

const jar = findFirestoreJar();
if (jar === undefined) console.log(`Skipped: ${HOW_TO_INSTALL}`);

const time = { seconds: '1', nanos: 500_000 };
const document = (n: string) => ({
  ...{ name: 'projects/p/databases/(default)/documents/a/b', createTime: time, updateTime: time },
  fields: { n: { integerValue: n } },
});
const body = (data: Parameters<typeof encodeDocumentEventData>[0]) =>
  Buffer.from(Buffer.from(encodeDocumentEventData(data)).toString('base64'));

it('an event becomes the change that it tells of, and none where nothing has changed', () => {
  const [one, two] = [document('1'), document('2')];
  const at = '2026-01-01T00:00:01Z';
  expect(changeOf(body({ value: two, oldValue: one }), at, 7)).toEqual({
    ...{ sequence: 7, name: one.name, before: one, after: two, commitTime: time },
    caller: { type: 'system' },
  });
  expect(changeOf(body({ value: one, oldValue: one }), at, 7)).toBeUndefined();
  expect(changeOf(body({ oldValue: one }), at, 7)).toMatchObject({
    ...{ after: undefined, before: one },
    commitTime: { seconds: String(Date.parse(at) / 1000), nanos: 0 },
  });
});

it('where it is not there, how to install it is said', async () => {
  vi.stubEnv('PATH', '');
  vi.stubEnv('CLOUDSDK_ROOT', '');
  const started = startGoogleFirestore({ port: 0, project: 'p', rules: '', log: () => {} });
  await expect(started).rejects.toThrow('gcloud components install cloud-firestore-emulator');
  vi.unstubAllEnvs();
});

it.skipIf(!jar)(
  "Google's emulator tells of every change at any depth, in order, and of no other write",
  {
    timeout: 60_000,
  },
  async () => {
    const lines: LogLine[] = [];
    const emulator = await startGoogleFirestore({
      ...{ port: 0, project: 'demo', rules: 'terraform/firestore.rules' },
      log: line => lines.push(line),
    });
    const changes: DocumentChange[] = [];
    emulator.onChange(some => void changes.push(...some));
    vi.stubEnv('FIRESTORE_EMULATOR_HOST', `127.0.0.1:${emulator.port}`);
    const db = new Firestore({ projectId: 'demo' });
    const deep = db.doc('a/b/c/d/e/f');
    await deep.set({ n: 1 });
    await deep.set({ n: 1 });
    await deep.update({ n: 2, time: FieldValue.serverTimestamp() });
    await deep.delete();
    await db.doc('top/ä b').set({});
    await expect.poll(() => changes.length, { timeout: 10_000 }).toBe(4);
    expect(
      changes.map(({ name, before, after }) => [
        name.split('/documents/')[1],
        before?.fields['n']?.integerValue,
        after?.fields['n']?.integerValue,
      ]),
    ).toEqual([
      ['a/b/c/d/e/f', undefined, '1'],
      ['a/b/c/d/e/f', '1', '2'],
      ['a/b/c/d/e/f', '2', undefined],
      ['top/ä b', undefined, undefined],
    ]);
    await db.terminate();
    await emulator.stop();
    await expect(fetch(`http://127.0.0.1:${emulator.port}`)).rejects.toThrow();
    expect(lines).toEqual([]);
  },
);
