import { randomUUID } from 'node:crypto';
import type { Firestore } from '@google-cloud/firestore';
import type { PubSub } from '@google-cloud/pubsub';
import {
  BACKFILL_TOPIC,
  type Backfill,
  type BackfillPart,
  backfillPath,
  partPath,
  taskMessage,
} from '../../shared/mirrors/backfill.ts';
import type { Mirror } from '../../shared/mirrors/mirror.ts';
import { boundariesOf } from './plan.ts';

/** Documents that are worth a part of their own. */
const DOCUMENTS_A_PART = 2000;
const MOST_PARTS = 16;

export interface Started extends Backfill {
  /** Whether an earlier one is gone on with. */
  readonly resumed: boolean;
}

export interface BackfillProgress {
  readonly read: number;
  readonly imported: number;
  /** All parts are done, or have come to the cap. */
  readonly ended: boolean;
  readonly capped: boolean;
}

/**
 * Begins a backfill, or goes on with one that has not come to its end, by telling the step of its parts: it works on by itself.
 * @param most documents that are read at most from now on
 */
export async function startBackfill(
  firestore: Firestore,
  pubsub: PubSub,
  mirror: Mirror,
  documents: number,
  most: number | undefined,
): Promise<Started> {
  const before = (await firestore.doc(backfillPath(mirror.name)).get()).data() as Backfill | undefined;
  const parts = before ? await partsOf(firestore, before) : [];
  const unfinished = parts.some(({ state }) => state !== 'done');
  const started =
    before && unfinished
      ? { ...before, resumed: true }
      : { ...(await create(firestore, mirror, documents, most)), resumed: false };
  if (started.resumed) await reopen(firestore, started, parts, most);
  const topic = pubsub.topic(BACKFILL_TOPIC);
  const { mirror: name, run } = started;
  await Promise.all(
    Array.from({ length: started.parts }, (_, part) =>
      topic.publishMessage(taskMessage({ mirror: name, part, run })),
    ),
  );
  return started;
}

async function create(
  firestore: Firestore,
  mirror: Mirror,
  documents: number,
  most: number | undefined,
): Promise<Backfill> {
  const wanted = Math.min(MOST_PARTS, Math.ceil(documents / DOCUMENTS_A_PART));
  const boundaries = await boundariesOf(firestore, mirror, wanted);
  const ends = [null, ...boundaries, null];
  const backfill: Backfill = {
    mirror: mirror.name,
    run: randomUUID(),
    parts: boundaries.length + 1,
    documents,
  };
  const batch = firestore.batch();
  const shares = sharesOf(most, backfill.parts);
  for (let part = 0; part < backfill.parts; part++) {
    const fresh: BackfillPart = {
      run: backfill.run,
      from: ends[part]!,
      to: ends[part + 1]!,
      cursor: null,
      read: 0,
      imported: 0,
      most: shares[part]!,
      state: shares[part] === 0 ? 'capped' : 'open',
    };
    batch.set(firestore.doc(partPath(mirror.name, part)), fresh);
  }
  batch.set(firestore.doc(backfillPath(mirror.name)), backfill);
  await batch.commit();
  return backfill;
}

/** Parts that had come to their cap may read more now. */
async function reopen(
  firestore: Firestore,
  { mirror, parts: count }: Backfill,
  parts: readonly BackfillPart[],
  most: number | undefined,
): Promise<void> {
  const open = parts.flatMap((part, number) => (part.state === 'done' ? [] : [{ part, number }]));
  const shares = sharesOf(most, open.length);
  const batch = firestore.batch();
  for (const [at, { part, number }] of open.entries()) {
    const share = shares[at]!;
    if (number >= count) continue;
    batch.update(firestore.doc(partPath(mirror, number)), {
      most: share === null ? null : part.read + share,
      state: share === 0 ? 'capped' : 'open',
    });
  }
  await batch.commit();
}

/** A cap shared out to the parts, never more in all. */
function sharesOf(most: number | undefined, parts: number): (number | null)[] {
  return Array.from({ length: parts }, (_, at) =>
    most === undefined ? null : Math.floor(most / parts) + (at < most % parts ? 1 : 0),
  );
}

export async function progressOf(firestore: Firestore, backfill: Backfill): Promise<BackfillProgress> {
  const parts = await partsOf(firestore, backfill);
  return {
    read: parts.reduce((sum, { read }) => sum + read, 0),
    imported: parts.reduce((sum, { imported }) => sum + imported, 0),
    ended: parts.every(({ state }) => state !== 'open'),
    capped: parts.some(({ state }) => state === 'capped'),
  };
}

async function partsOf(firestore: Firestore, { mirror, run, parts }: Backfill): Promise<BackfillPart[]> {
  const references = Array.from({ length: parts }, (_, part) => firestore.doc(partPath(mirror, part)));
  const documents = await firestore.getAll(...references);
  return documents.flatMap(document => {
    const part = document.data() as BackfillPart | undefined;
    return part?.run === run ? [part] : [];
  });
}
