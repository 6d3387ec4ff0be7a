import { deflateSync, inflateSync } from 'node:zlib';
import {
  type CollectionReference,
  FieldPath,
  FieldValue,
  type Firestore,
  type QueryDocumentSnapshot,
  type Transaction,
} from '@google-cloud/firestore';
import type { LevelRule, Pipeline } from '../../shared/pipelines/pipeline.ts';
import type { ShownGroup } from '../../shared/streams/state.ts';
import { type Fields, millisOf } from '../../shared/windows/transaction.ts';
import type { Checkpoint, Evidence, Judgement, StoredPane } from './judge.ts';
import { changesTo, levelAlert, levelAlertId, retracted } from './level-alert.ts';

/** One level rule of one pipeline. */
export interface RuleName {
  readonly pipeline: string;
  readonly window: string;
  readonly rule: string;
}

type Versions = (version: string) => Promise<Pipeline>;

/** A window may be changed for as long as its state is kept, which is far shorter. */
const CHECKPOINTS_LAST_MS = 90 * 24 * 3600_000;
const BEYOND = '\uf8ff';

/**
 * The evidence in Firestore, read in a transaction. Panes are read as they stand, not as events told of them: so nothing
 * depends on the order of events, and a pane of any size will do. `_millrace/detect/levels/{rule}/checkpoints/{start}`
 * keeps what is remembered from window to window, of all keys in one document.
 */
export function evidenceIn(
  firestore: Firestore,
  transaction: Transaction,
  name: RuleName,
  versions: Versions,
): Evidence {
  const { pipeline, window, rule } = name;
  const checkpoints = checkpointsOf(firestore, name);
  const panes = firestore.collection(`windows/${pipeline}/panes`).orderBy(FieldPath.documentId());
  return {
    pending: async () => {
      const document = await transaction.get(firestore.doc(rulePath(name)));
      return ((document.get('pending') ?? []) as unknown[]).map(millisOf);
    },
    before: async start => {
      const query = checkpoints.orderBy(FieldPath.documentId(), 'desc').startAfter(dateOf(start)).limit(1);
      const { docs } = await transaction.get(query);
      return docs[0] && checkpointOf(docs[0]);
    },
    checkpoints: async (from, to) => {
      const query = checkpoints.orderBy(FieldPath.documentId()).startAt(dateOf(from)).endAt(dateOf(to));
      return (await transaction.get(query)).docs.map(checkpointOf);
    },
    panes: async (from, limit) => {
      const heads = new Map<number, QueryDocumentSnapshot>();
      let query = panes.startAt(`${window}~${dateOf(from)}`).endBefore(`${window}~${BEYOND}`);
      for (;;) {
        // One more than asked for: only then is the last start's other definition known, if it has one.
        const { docs } = await transaction.get(query.limit(limit + 1));
        for (const document of docs) keepLarger(heads, document);
        // Parts of large panes lie between the panes.
        if (docs.length <= limit || heads.size > limit) break;
        query = panes.startAfter(docs.at(-1)!.id).endBefore(`${window}~${BEYOND}`);
      }
      const found = [...heads.values()].slice(0, limit);
      return Promise.all(found.map(head => paneOf(firestore, transaction, head)));
    },
    rule: async version => ruleOf(await versions(version), rule),
  };
}

/** Writes a judgement in the transaction that it was made in. @returns how many alerts are new */
export async function record(
  firestore: Firestore,
  transaction: Transaction,
  name: RuleName,
  versions: Versions,
  { save, drop, alerts, retracted: withdrawn, pending }: Judgement,
  now: Date,
): Promise<number> {
  const { pipeline, rule } = name;
  const wanted = new Map<string, Fields>();
  for (const episode of withdrawn) wanted.set(levelAlertId(pipeline, rule, episode), retracted(episode));
  for (const episode of alerts) {
    const known = ruleOf(await versions(episode.version), rule);
    if (known) wanted.set(levelAlertId(pipeline, rule, episode), levelAlert(pipeline, known.rule, episode));
  }
  const references = [...wanted.keys()].map(id => firestore.doc(`alerts/${id}`));
  const documents = references.length > 0 ? await transaction.getAll(...references) : [];
  const head = firestore.doc(rulePath(name));
  const left = ((await transaction.get(head)).get('pending') ?? []) as unknown[];

  let opened = 0;
  for (const document of documents) {
    const changes = changesTo(document.data(), wanted.get(document.id)!);
    if (!changes) continue;
    const fields = Object.entries(changes);
    if (document.exists) {
      const update = fields.map(([field, value]) => [
        field,
        value === undefined ? FieldValue.delete() : value,
      ]);
      transaction.update(document.ref, Object.fromEntries(update));
    } else {
      transaction.set(document.ref, Object.fromEntries(fields.filter(([, value]) => value !== undefined)));
      opened++;
    }
  }
  const checkpoints = checkpointsOf(firestore, name);
  const expireAt = new Date(now.getTime() + CHECKPOINTS_LAST_MS);
  for (const { start, levels } of save) {
    transaction.set(checkpoints.doc(dateOf(start)), { levels: deflateSync(levels), expireAt });
  }
  for (const start of drop) transaction.delete(checkpoints.doc(dateOf(start)));
  if (left.length + pending.length > 0)
    transaction.set(head, { pending: pending.map(start => new Date(start)) });
  return opened;
}

/**
 * Where a pipeline's file was changed while a window was open, two definitions have a pane of the same start, each of a part
 * of the events. The one of more events is judged; of as many, the first.
 */
function keepLarger(heads: Map<number, QueryDocumentSnapshot>, document: QueryDocumentSnapshot): void {
  if (document.get('part') !== undefined) return;
  const start = millisOf(document.get('start'));
  const known = heads.get(start);
  if (!known || document.get('count') > known.get('count')) heads.set(start, document);
}

const dateOf = (start: number): string => new Date(start).toISOString();

function rulePath({ pipeline, window, rule }: RuleName): string {
  return `_millrace/detect/levels/${pipeline}~${window}~${rule}`;
}

function checkpointsOf(firestore: Firestore, name: RuleName): CollectionReference {
  return firestore.collection(`${rulePath(name)}/checkpoints`);
}

function checkpointOf(document: QueryDocumentSnapshot): Checkpoint {
  const levels = inflateSync(document.get('levels') as Uint8Array).toString('utf8');
  return { start: Date.parse(document.id), levels };
}

function ruleOf(
  { levels = [], windows }: Pipeline,
  name: string,
): { rule: LevelRule; step: number } | undefined {
  const rule = levels.find(one => one.name === name);
  const window = windows.find(one => one.name === rule?.window);
  return rule && window && { rule, step: (window.slide ?? window.size) * 1000 };
}

async function paneOf(
  firestore: Firestore,
  transaction: Transaction,
  head: QueryDocumentSnapshot,
): Promise<StoredPane> {
  const fields = head.data();
  const parts = Array.from({ length: fields['parts'] as number }, (_, at) =>
    firestore.doc(`${head.ref.path}~${at + 1}`),
  );
  const rest = parts.length > 0 ? await transaction.getAll(...parts) : [];
  return {
    start: millisOf(fields['start']),
    end: millisOf(fields['end']),
    version: fields['version'] as string,
    early: fields['timing'] === 'early',
    count: fields['count'] as number,
    omitted: fields['omitted'] as number,
    keys: Object.assign({}, fields['keys'], ...rest.map(part => part.get('keys'))) as Record<
      string,
      ShownGroup
    >,
  };
}
