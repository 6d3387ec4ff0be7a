import { expect, test } from 'vitest';
import { PROJECT, RawClient } from './bench/raw.ts';
import { startFirestore } from './server.ts';
import { clientOf } from './testing.ts';

const DATABASE = `projects/${PROJECT}/databases/(default)`;
const TARGET = {
  database: DATABASE,
  addTarget: {
    targetId: 2,
    query: { parent: `${DATABASE}/documents`, structuredQuery: { from: [{ collectionId: 'slow' }] } },
  },
};
const WRITES = 300;
const PATIENT = { timeout: 20_000 };

test('a gRPC client that does not read holds up nobody and is sent the sum when it reads again', async () => {
  const emulator = await startFirestore();
  const server = clientOf(emulator.port, PROJECT);
  const raw = new RawClient(emulator.port, 2);
  const listener = (index: number) => {
    const heard: number[] = [];
    const call = raw.listen(index, TARGET, message => {
      const n = /n=(\d+);/.exec(message.toString('latin1'))?.[1];
      if (n) heard.push(Number(n));
    });
    return { call, heard };
  };
  const [slow, quick] = [listener(0), listener(1)];
  await server.doc('slow/d0').set({ text: 'n=0;' });
  await expect.poll(() => [slow.heard, quick.heard], PATIENT).toEqual([[0], [0]]);
  slow.call.pause();
  const padding = 'x'.repeat(20_000);
  for (let n = 1; n <= WRITES; n++) await server.doc(`slow/d${n % 5}`).set({ text: `n=${n};${padding}` });
  await expect.poll(() => quick.heard.length, PATIENT).toBe(WRITES + 1);
  slow.call.resume();
  await expect.poll(() => slow.heard.slice(-5).sort(), PATIENT).toEqual([296, 297, 298, 299, 300]);
  expect(slow.heard.length).toBeLessThan(WRITES / 2);
  for (const { call } of [slow, quick]) call.cancel();
  raw.close();
  await server.terminate();
  await emulator.stop();
});
