import type { Firestore } from '@google-cloud/firestore';

/** What the documents say has come in and out. */
export interface Results {
  readonly events: { readonly in: number; readonly enriched: number; readonly rejected: number };
  readonly windows: number;
  readonly alerts: number;
  readonly deadLetters: number;
}

/**
 * Counts by aggregation queries: nothing is read that is not counted. The ledger of `aggregate` knows live messages as well
 * as uploads; what an upload held beyond what `ingest` could publish, nobody could read.
 */
export async function readResults(firestore: Firestore): Promise<Results> {
  const { AggregateField } = await import('@google-cloud/firestore');
  const ledger = firestore.collection('_millrace/aggregate/ledger');
  const sums = { records: AggregateField.sum('records'), rejected: AggregateField.sum('rejected') };
  const uploaded = {
    records: AggregateField.sum('counts.records'),
    published: AggregateField.sum('counts.published'),
  };
  const [booked, uploads, windows, alerts, deadLetters] = await Promise.all([
    ledger.aggregate(sums).get(),
    firestore.collection('uploads').aggregate(uploaded).get(),
    // A large window lies in several documents; its first alone has the time.
    firestore.collectionGroup('panes').orderBy('timestamp').count().get(),
    firestore.collection('alerts').count().get(),
    firestore.collection('deadLetters').count().get(),
  ]);
  const { records, rejected } = booked.data();
  const unreadable = uploads.data().records - uploads.data().published;
  return {
    events: { in: records + unreadable, enriched: records - rejected, rejected: rejected + unreadable },
    windows: windows.data().count,
    alerts: alerts.data().count,
    deadLetters: deadLetters.data().count,
  };
}
