import type { Firestore } from '@google-cloud/firestore';
import type { DeadLetter } from './dead-letter.ts';

/** Opens the letter of a redrive that has failed anew, unless a later redrive is under way. */
export async function reopen(
  firestore: Firestore,
  { id, ...letter }: DeadLetter,
  count: number,
  at: Date,
): Promise<void> {
  const document = firestore.doc(`deadLetters/${id}`);
  await firestore.runTransaction(async transaction => {
    const known = await transaction.get(document);
    if (!known.exists) transaction.create(document, { ...letter, redrives: count, at });
    else if (known.get('redrives') === count && known.get('failedAgain') !== count) {
      transaction.update(document, { state: 'open', reason: letter.reason, failedAgain: count, at });
    }
  });
}
