import { afterEach, describe, expect, it, vi } from 'vitest';
import { main } from '../cli/main.ts';
import { findFirestoreJar, HOW_TO_INSTALL } from '../emulators/google/find.ts';
import { startTestSuite } from './support/suite.ts';

const jar = findFirestoreJar();
if (jar === undefined) console.log(`Skipped: ${HOW_TO_INSTALL}`);

const row = (key: string, value: number) => JSON.stringify({ at: '2026-03-01T12:00:30Z', key, value });

describe("a suite with Google's Firestore emulator", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it.skipIf(!jar)(
    'counts an upload, and wakes the steps that changed documents wake',
    {
      timeout: 120_000,
    },
    async () => {
      await using millrace = await startTestSuite({ firestore: 'google' });
      const { firestore } = millrace;
      await firestore.doc('subscriptions/1').set({ uid: 'ann', pipeline: 'items' });
      const id = await millrace.upload('items/a.ndjson', [row('k', 1), row('k', 2000), '{'].join('\n'));
      expect(await millrace.settled(id)).toMatchObject({ counts: { records: 3, accepted: 2, rejected: 1 } });
      expect((await millrace.panes('items')).get('2026-03-01T12:00:00.000Z')?.['k']?.count).toBe(2);
      // An alert wakes `notify`, after whoever wrote it has its answer.
      const inbox = async () => (await firestore.collection('inbox/ann/messages').get()).size;
      await expect.poll(inbox, { timeout: 20_000 }).toBe(1);
      expect(await millrace.deadLettersOf(id)).toHaveLength(1);
    },
  );

  it.each([
    [2, ['--firestore=mongo'], '--firestore takes "google", not "mongo".'],
    [2, ['--firestore=google', '--data', 'x'], 'keeps nothing over restarts'],
    [1, ['--firestore=google'], 'gcloud components install'],
  ])('ends with %i and the reason for %j where it cannot be', async (code, args, why) => {
    vi.stubEnv('PATH', '');
    vi.stubEnv('CLOUDSDK_ROOT', '');
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(await main(['start', ...args])).toBe(code);
    expect(told.mock.calls.join('\n')).toContain(why);
  });
});
