import { FieldPath, type Firestore, type QueryDocumentSnapshot } from '@google-cloud/firestore';
import { type Alert, ANY, messagesFor, noticeId } from './notify.ts';

/** Subscriptions of one transaction: it writes a message for each, and its own progress. */
const PAGE = 400;

export interface FannedOut {
  /** False when the time was up: the rest has to follow. */
  readonly done: boolean;
  /** Messages that this run has written. */
  readonly sent: number;
}

/**
 * Writes the messages of an alert page by page, by the ids of the subscriptions. Each page's messages are written in one
 * transaction with `notifications/{alert}-{severity}`, which says how far this has come: whoever comes again or at the same
 * time goes on from there, and no page is written twice. Who subscribes meanwhile may or may not be told of this alert.
 */
export async function fanOut(
  firestore: Firestore,
  alert: Alert,
  now: () => Date,
  deadline: number,
): Promise<FannedOut> {
  const log = firestore.doc(`notifications/${noticeId(alert)}`);
  const subscribed = firestore
    .collection('subscriptions')
    .where('pipeline', 'in', [alert.pipeline, ANY])
    .orderBy(FieldPath.documentId())
    .limit(PAGE);
  let sent = 0;
  let pages = 0;
  let { done, cursor } = progressOf((await log.get()).data());
  while (!done) {
    if (pages > 0 && now().getTime() > deadline) return { done, sent };
    const { docs } = await (cursor === undefined ? subscribed : subscribed.startAfter(cursor)).get();
    const messages = messagesFor(
      alert,
      docs.map(document => document.data()),
      now(),
    );
    const last = docs.length < PAGE;
    // Most alerts may concern nobody: then there is nothing to write down.
    if (cursor === undefined && last && messages.length === 0) return { done: true, sent };
    const from = cursor;
    const { written, ...progress } = await firestore.runTransaction(async transaction => {
      const known = (await transaction.get(log)).data();
      // Somebody else has written this page.
      if (progressOf(known).done || progressOf(known).cursor !== from)
        return { ...progressOf(known), written: 0 };
      const at = now();
      for (const { path, fields } of messages) transaction.set(firestore.doc(path), fields, { merge: true });
      const next = { done: last, cursor: cursorAfter(docs, from) };
      const count = Number(known?.['count'] ?? 0) + messages.length;
      const { pipeline, rule, severity } = alert;
      transaction.set(log, {
        ...{ alert: alert.id, pipeline, rule, severity, count, done: last, at },
        ...(next.cursor !== undefined && { cursor: next.cursor }),
      });
      return { ...next, written: messages.length };
    });
    pages++;
    sent += written;
    ({ done, cursor } = progress);
  }
  return { done, sent };
}

function cursorAfter(docs: readonly QueryDocumentSnapshot[], before: string | undefined): string | undefined {
  return docs.at(-1)?.id ?? before;
}

function progressOf(log: Readonly<Record<string, unknown>> | undefined) {
  return { done: log?.['done'] === true, cursor: log?.['cursor'] as string | undefined };
}
