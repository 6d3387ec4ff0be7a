import { createOnce } from '../../shared/documents/documents.ts';
import { idOf } from '../../shared/ids/ids.ts';
import { onMessage } from '../../shared/step/step.ts';
import { type DeadLetter, deadLettersOf } from './dead-letter.ts';
import { placesOf } from './places.ts';
import { reopen } from './reopen.ts';
import { keepRest, restOf } from './rest.ts';
import { byUpload } from './uploads.ts';

onMessage('dead-letter', async (message, { firestore, log, now }) => {
  const arrived = deadLettersOf(message);
  const at = now();
  const fresh = arrived.filter(({ again }) => !again).map(({ letter }) => letter);
  const { alone, uploads } = byUpload(fresh);
  const documents: DeadLetter[] = [...alone];
  for (const [upload, letters] of uploads) {
    const key = idOf(...letters.map(({ id }) => id));
    const size = letters.length;
    const places = await placesOf(upload, { key, size, firestore, now: at, rest: restOf(upload) });
    documents.push(...letters.slice(0, places));
    if (places < size) await keepRest(upload, key, letters.slice(places));
  }
  const created = await createOnce(
    firestore,
    documents.map(({ id, ...letter }) => ({ path: `deadLetters/${id}`, data: { ...letter, at } })),
  );
  for (const { letter, again } of arrived) if (again) await reopen(firestore, letter, again.count, at);
  const first = arrived[0]?.letter;
  if (first && created > 0) {
    log.warn(`${created} dead letters: ${first.reason}`, {
      from: first.step ?? first.trigger,
      origin: first.origin,
    });
  }
});
