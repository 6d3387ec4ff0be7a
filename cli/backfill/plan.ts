import type { DocumentReference, Firestore, Query } from '@google-cloud/firestore';
import type { Counts } from '../../emulators/meter/meter.ts';
import { groupOf, singleCollection } from '../../shared/mirrors/backfill.ts';
import { fieldsOfClient } from '../../shared/mirrors/client-values.ts';
import { jsonOf } from '../../shared/mirrors/json.ts';
import type { Mirror } from '../../shared/mirrors/mirror.ts';
import type { Prices } from '../cost/prices.ts';

/** What a backfill will read and write. */
export interface Plan {
  readonly mirror: Mirror;
  /** Documents that it reads; of a mirror below a pattern of paths also those of other collections of that name. */
  readonly documents: number;
  /** Mean bytes of JSON in a document, by a sample; 0 where there is none. */
  readonly meanBytes: number;
  readonly operations: Counts;
  readonly usd: number;
}

/** Documents whose size is looked at. */
const SAMPLE = 20;
/** {@link https://firebase.google.com/docs/firestore/pricing#aggregation_queries}: a read for each so many that are counted. */
const COUNTED_A_READ = 1000;
/** Of a row besides the document: names, ids and times, in both tables. */
const AROUND_BYTES = 300;
/** How far a part has come is kept after every page. */
const PAGE = 500;

export function documentsOf(firestore: Firestore, mirror: Mirror): Query {
  const single = singleCollection(mirror);
  return single === undefined ? firestore.collectionGroup(groupOf(mirror)) : firestore.collection(single);
}

/** Counts documents and works out what reading and writing them costs, by list prices. A count costs a read for every thousand. */
export async function planBackfill(
  firestore: Firestore,
  mirror: Mirror,
  most: number | undefined,
  prices: Prices,
): Promise<Plan> {
  const query = documentsOf(firestore, mirror);
  const all = (await query.count().get()).data().count;
  const documents = Math.min(all, most ?? all);
  const { docs } = await query.limit(SAMPLE).get();
  const bytes = docs.map(document => Buffer.byteLength(jsonOf(fieldsOfClient(document.data()))));
  const meanBytes = bytes.length > 0 ? bytes.reduce((sum, one) => sum + one, 0) / bytes.length : 0;
  const written = documents * (meanBytes + AROUND_BYTES);
  const operations: Counts = {
    'firestore.reads': documents + Math.ceil(all / COUNTED_A_READ) + docs.length,
    'firestore.writes': Math.ceil(documents / PAGE),
    'bigquery.insertedBytes': written,
    'bigquery.writtenBytes': written,
  };
  const usd = Object.entries(operations).reduce((sum, [operation, amount]) => {
    const price = prices.operations[operation as keyof Counts];
    return sum + (amount / price.per) * price.usd;
  }, 0);
  return { mirror, documents, meanBytes, operations, usd };
}

/** Paths between which the documents lie in about equal numbers, in order; none where they are few. */
export async function boundariesOf(
  firestore: Firestore,
  mirror: Mirror,
  parts: number,
): Promise<readonly string[]> {
  if (parts < 2) return [];
  const single = singleCollection(mirror);
  const boundaries: string[] = [];
  // Firestore divides collection groups only; of a single collection those boundaries count that lie in it.
  for await (const { endBefore } of firestore.collectionGroup(groupOf(mirror)).getPartitions(parts)) {
    const reference = endBefore?.[0] as DocumentReference | undefined;
    if (!reference || (single !== undefined && reference.parent.path !== single)) continue;
    boundaries.push(reference.path);
  }
  return boundaries;
}
