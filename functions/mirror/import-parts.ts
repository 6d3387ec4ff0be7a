import {
  type DocumentData,
  FieldPath,
  type Query,
  type QueryDocumentSnapshot,
} from '@google-cloud/firestore';
import { PermanentError } from '../../shared/errors/errors.ts';
import type { MessagePublishedData } from '../../shared/events/pubsub.ts';
import {
  BACKFILL_TOPIC,
  type BackfillPart,
  type BackfillTask,
  groupOf,
  partPath,
  singleCollection,
  taskMessage,
} from '../../shared/mirrors/backfill.ts';
import { fieldsOfClient } from '../../shared/mirrors/client-values.ts';
import type { Mirror } from '../../shared/mirrors/mirror.ts';
import { type Context, messageOfEvent } from '../../shared/step/step.ts';
import { importPart, type ReadDocument } from './backfill.ts';
import { exactFirestore, microsOfClient } from './fetch.ts';
import type { KeyedMirror } from './mirrors.ts';
import type { WriteChange } from './write.ts';

/** Below the function's own time limit by what a page takes. */
const BUDGET_MS = Number(process.env['MIRROR_BUDGET_SECONDS'] ?? 90) * 1000;
const DEFAULT_DATABASE = '(default)';
const FAILED_PRECONDITION = 9;
const NOT_FOUND = 5;

export interface Tools {
  /** A deployed mirror by its name. */
  mirror(name: string): Promise<KeyedMirror | undefined>;
  readonly write: WriteChange;
  /** Makes a dead letter of an imported document that BigQuery refuses. */
  refuse(document: string, reason: string, eventId: string): Promise<void>;
}

/** Goes on with a part of a backfill, and hands itself what is left when its time is up. */
export async function continueBackfill(
  data: MessagePublishedData,
  { firestore, publisher, now, log }: Context,
  { mirror: find, write, refuse }: Tools,
): Promise<void> {
  const task = taskOf(messageOfEvent(data).data);
  const document = firestore.doc(partPath(task.mirror, task.part));
  const snapshot = await document.get();
  const part = snapshot.data() as BackfillPart | undefined;
  // Of an earlier run, or finished: a message that comes again finds nothing to do.
  if (part?.run !== task.run || part.state !== 'open') return;
  const keyed = await find(task.mirror);
  if (!keyed) throw new PermanentError(`There is no mirror "${task.mirror}" to backfill.`);

  const deadline = now().getTime() + BUDGET_MS;
  let lastUpdateTime = snapshot.updateTime!;
  const ended = await importPart(
    keyed.mirror,
    part,
    {
      readPage: (at, limit) => readPage(keyed.mirror, at, limit),
      write: async changes => {
        await Promise.all(
          changes.map(async change => {
            const refusal = await write(keyed, change);
            if (refusal !== undefined) await refuse(change.name, refusal, change.eventId);
          }),
        );
      },
      save: async ({ cursor, read, imported, state }) => {
        try {
          const result = await document.update({ cursor, read, imported, state }, { lastUpdateTime });
          lastUpdateTime = result.writeTime;
          return true;
        } catch (error) {
          const { code } = error as { code?: unknown };
          if (code === FAILED_PRECONDITION || code === NOT_FOUND) return false;
          throw error;
        }
      },
    },
    () => now().getTime() < deadline,
  );
  if (ended?.state === 'open') await publisher.send(BACKFILL_TOPIC, taskMessage(task));
  else if (ended)
    log.info(`A part of the backfill of ${task.mirror} is ${ended.state}`, { ...task, read: ended.read });
}

function taskOf(data: Buffer): BackfillTask {
  try {
    const { mirror, part, run } = JSON.parse(data.toString('utf8')) as BackfillTask;
    if (/^[^/]+$/.test(mirror) && Number.isSafeInteger(part) && typeof run === 'string')
      return { mirror, part, run };
  } catch {
    // Told below.
  }
  throw new PermanentError(
    'The message is no part of a backfill: {"mirror": NAME, "part": NUMBER, "run": ID}. millrace backfill sends them.',
  );
}

async function readPage(
  mirror: Mirror,
  { from, to, cursor }: BackfillPart,
  limit: number,
): Promise<ReadDocument[]> {
  const firestore = exactFirestore(DEFAULT_DATABASE);
  const single = singleCollection(mirror);
  let query: Query<DocumentData> = (
    single === undefined ? firestore.collectionGroup(groupOf(mirror)) : firestore.collection(single)
  ).orderBy(FieldPath.documentId());
  if (cursor !== null) query = query.startAfter(firestore.doc(cursor));
  else if (from !== null) query = query.startAt(firestore.doc(from));
  if (to !== null) query = query.endBefore(firestore.doc(to));
  const { docs } = await query.limit(limit).get();
  return docs.map(read);
}

function read(document: QueryDocumentSnapshot): ReadDocument {
  const { ref, updateTime } = document;
  return {
    name: `projects/${process.env['GOOGLE_CLOUD_PROJECT']}/databases/${DEFAULT_DATABASE}/documents/${ref.path}`,
    fields: fieldsOfClient(document.data()),
    time: microsOfClient(updateTime),
  };
}
