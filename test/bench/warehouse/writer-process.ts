/** Writes documents for writer.ts, a commit for each range that it is told. */
import { Firestore } from '@google-cloud/firestore';
import { PROJECT } from '../../../emulators/suite-address.ts';
import type { Range } from './writer.ts';

const firestore = new Firestore({ projectId: PROJECT });
process.on('message', message => void write(message as Range));
process.on('disconnect', () => process.exit());

async function write({ from, to }: Range): Promise<void> {
  const batch = firestore.batch();
  for (let n = from; n < to; n++) {
    const document = firestore.doc(`items/${String(n).padStart(8, '0')}`);
    batch.set(document, { n, text: `item ${n}`, even: n % 2 === 0 });
  }
  await batch.commit();
  process.send!({ from, to } satisfies Range);
}
