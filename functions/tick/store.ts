import { AggregateField, type Firestore, type Query } from '@google-cloud/firestore';
import { NO_WATERMARK, type Sources, type Watermark } from '../../shared/streams/watermark.ts';
import { millisOf, type RunTransaction, transactionsOf } from '../../shared/windows/transaction.ts';
import type { LaneNotice, TickStore } from './tick.ts';
import type { OpenUpload } from './uploads.ts';

const MACHINERY = '_millrace/aggregate';
/** A lane's state is large and of no use here. */
const NOTICE = [
  'pipeline',
  'window',
  'shape',
  'start',
  'lane',
  'lanes',
  'spec',
  'live',
  'commits',
  'sources',
];

/**
 * What a tick reads, of all pipelines or of one.
 *
 * Besides the automatic single-field indexes this needs four composite ones: lanes (pipeline, dueWatermark), lanes
 * (pipeline, dueUploads), lanes (pipeline, dueAt), ledger (upload, complete, records, accepted, rejected, late, repeated).
 */
export function tickStore(firestore: Firestore, only?: string): TickStore {
  const run = transactionsOf(firestore);
  const lanes = firestore.collection(`${MACHINERY}/lanes`);
  const mine = (query: Query): Query => (only === undefined ? query : query.where('pipeline', '==', only));
  const notices = async (query: Query, limit: number): Promise<LaneNotice[]> => {
    const { docs } = await query
      .select(...NOTICE)
      .limit(limit)
      .get();
    return docs.map(document => {
      const fields = document.data() as LaneNotice;
      return { ...fields, start: millisOf(fields.start) };
    });
  };
  return {
    run,
    openUploads: async () => {
      const query = firestore.collection('uploads').where('state', 'in', ['reading', 'read']);
      const { docs } = await mine(query)
        .select('pipeline', 'state', 'counts.published', 'startedAt', 'updatedAt')
        .get();
      return docs.map(document => ({
        ...(document.data() as Pick<OpenUpload, 'pipeline' | 'state'>),
        id: document.id,
        published: Number(document.get('counts.published') ?? 0),
        changedAt: millisOf(document.get('updatedAt') ?? document.get('startedAt') ?? document.createTime),
      }));
    },
    tally: async upload => {
      const counted = firestore
        .collection(`${MACHINERY}/ledger`)
        .where('upload', '==', upload)
        .where('complete', '==', true);
      const snapshot = await counted
        .aggregate({
          records: AggregateField.sum('records'),
          accepted: AggregateField.sum('accepted'),
          rejected: AggregateField.sum('rejected'),
          late: AggregateField.sum('late'),
          repeated: AggregateField.sum('repeated'),
        })
        .get();
      return snapshot.data();
    },
    watermarks: async () => {
      const { docs } = await mine(firestore.collection(`${MACHINERY}/watermarks`)).get();
      return new Map(docs.map(document => [document.id, watermarkOf(document.data())]));
    },
    saveWatermark: (pipeline, change) => saveWatermark(run, pipeline, change),
    changedLanes: limit => notices(mine(lanes.where('dirty', '==', true)), limit),
    dueByClock: (now, limit) => notices(mine(lanes.where('dueAt', '<=', new Date(now))), limit),
    dueByWatermark: (pipeline, watermark, limit) =>
      notices(
        lanes.where('pipeline', '==', pipeline).where('dueWatermark', '<=', new Date(watermark)),
        limit,
      ),
    dueByUploads: (pipeline, limit) =>
      notices(lanes.where('pipeline', '==', pipeline).where('dueUploads', '==', true), limit),
  };
}

/** In a transaction, since two ticks may have seen different lanes. */
export function saveWatermark(
  run: RunTransaction,
  pipeline: string,
  change: (before: Watermark) => Watermark,
): Promise<Watermark> {
  const path = `${MACHINERY}/watermarks/${pipeline}`;
  return run(async transaction => {
    const [fields] = await transaction.read([path]);
    const after = change(fields ? watermarkOf(fields) : NO_WATERMARK);
    const { sources, latched } = after;
    transaction.set(path, { pipeline, sources, latched: latched === undefined ? null : new Date(latched) });
    return after;
  });
}

export function watermarkOf(fields: Record<string, unknown>): Watermark {
  const { sources, latched } = fields;
  return { sources: sources as Sources, latched: latched ? millisOf(latched) : undefined };
}
