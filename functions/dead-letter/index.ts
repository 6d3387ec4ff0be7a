import { createOnce } from '../../shared/documents/documents.ts';
import { onMessage } from '../../shared/step/step.ts';
import { deadLettersOf } from './dead-letter.ts';

onMessage('dead-letter', async (message, { firestore, log, now }) => {
  const letters = deadLettersOf(message);
  const at = now();
  const created = await createOnce(
    firestore,
    letters.map(({ id, ...letter }) => ({ path: `deadLetters/${id}`, data: { ...letter, at } })),
  );
  const first = letters[0];
  if (first && created > 0) {
    log.warn(`${created} dead letters: ${first.reason}`, {
      from: first.step ?? first.trigger,
      origin: first.origin,
    });
  }
});
