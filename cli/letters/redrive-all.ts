import { FieldPath, type QueryDocumentSnapshot } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { idle } from '../settle.ts';
import { letterOf, queryOf, type Selection, type StoredLetter } from './letters.ts';
import { obstacleOf, readTopics, redrive } from './redrive.ts';
import type { Site } from './site.ts';

export interface Redriven {
  readonly redriven: number;
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
  /** Known in the suite alone, which can be waited for. */
  readonly failedAgain: number;
}

/** A letter may hold 350 KB. */
const PAGE = 20;

/** Redrives the letters of the ids, or those that the selection finds failed and open. */
export async function redriveAll(
  site: Site,
  ids: readonly string[],
  selection: Selection,
  dryRun: boolean,
): Promise<Redriven> {
  const { firestore, control } = site;
  const pubsub = new PubSub({ projectId: site.project });
  const topicOf = await readTopics(pubsub);
  const skipped: { id: string; reason: string }[] = [];
  const sent = new Map<string, number>();
  let redriven = 0;
  const pages = ids.length > 0 ? byId(site, ids, skipped) : bySelection(site, selection);
  for await (const page of pages) {
    await Promise.all(
      page.map(async letter => {
        const { id, trigger = '' } = letter;
        const obstacle = obstacleOf(letter, topicOf);
        const count = obstacle || dryRun ? 0 : await redrive(firestore, pubsub, letter, topicOf(trigger)!);
        if (obstacle) skipped.push({ id, reason: obstacle });
        else if (count === undefined) skipped.push({ id, reason: 'somebody else is redriving it' });
        else redriven++;
        if (count) sent.set(id, count);
      }),
    );
  }
  await pubsub.close();
  if (control && sent.size > 0) await idle(control);
  const failedAgain = control ? await countFailed(site, sent) : 0;
  await firestore.terminate();
  return { redriven, skipped, failedAgain };
}

async function* byId(
  { firestore }: Site,
  ids: readonly string[],
  skipped: { id: string; reason: string }[],
): AsyncGenerator<StoredLetter[]> {
  for (const id of new Set(ids)) {
    // What is no single segment of a path can be no letter's id.
    const letter = /^[^/]+$/.test(id) ? await firestore.doc(`deadLetters/${id}`).get() : undefined;
    if (letter?.exists) yield [letterOf(letter as QueryDocumentSnapshot)];
    else skipped.push({ id, reason: 'there is no such dead letter' });
  }
}

/** By id, which moves for no letter: one that fails again at once is not met a second time. */
async function* bySelection({ firestore }: Site, selection: Selection): AsyncGenerator<StoredLetter[]> {
  const open = queryOf(firestore, { ...selection, kind: 'failed' })
    .where('state', '==', 'open')
    .orderBy(FieldPath.documentId())
    .limit(PAGE);
  let page = await open.get();
  while (!page.empty) {
    yield page.docs.map(letterOf);
    page = await open.startAfter(page.docs.at(-1)).get();
  }
}

async function countFailed({ firestore }: Site, sent: ReadonlyMap<string, number>): Promise<number> {
  let failed = 0;
  for (const [id, count] of sent) {
    const letter = await firestore.doc(`deadLetters/${id}`).get();
    if (letter.get('failedAgain') === count) failed++;
  }
  return failed;
}
