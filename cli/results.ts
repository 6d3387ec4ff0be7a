import type { Firestore } from '@google-cloud/firestore';

/** What the documents say has come in and out. */
export interface Results {
  readonly events: { readonly in: number; readonly enriched: number; readonly rejected: number };
  readonly windows: number;
  readonly alerts: number;
  readonly deadLetters: number;
}

/** Counts by aggregation queries: nothing is read that is not counted. */
export async function readResults(firestore: Firestore): Promise<Results> {
  const [events, windows, alerts, deadLetters] = await Promise.all([
    readEvents(firestore),
    // A large window lies in several documents; its first alone has the time.
    firestore.collectionGroup('panes').orderBy('timestamp').count().get(),
    firestore.collection('alerts').count().get(),
    firestore.collection('deadLetters').count().get(),
  ]);
  return {
    events,
    windows: windows.data().count,
    alerts: alerts.data().count,
    deadLetters: deadLetters.data().count,
  };
}

/**
 * The ledger of `aggregate` knows live messages as well as uploads; what an upload held beyond what `ingest` could publish,
 * nobody could read.
 * @param since leaves out what earlier runs of a suite that keeps its state have counted
 */
export async function readEvents(firestore: Firestore, since = new Date(0)): Promise<Results['events']> {
  const { AggregateField } = await import('@google-cloud/firestore');
  const ledger = firestore.collection('_millrace/aggregate/ledger').where('at', '>=', since);
  const uploads = firestore.collection('uploads').where('updatedAt', '>=', since);
  const [booked, uploaded] = await Promise.all([
    ledger
      .aggregate({ records: AggregateField.sum('records'), rejected: AggregateField.sum('rejected') })
      .get(),
    uploads
      .aggregate({
        records: AggregateField.sum('counts.records'),
        published: AggregateField.sum('counts.published'),
      })
      .get(),
  ]);
  const { records, rejected } = booked.data();
  const unreadable = uploaded.data().records - uploaded.data().published;
  return { in: records + unreadable, enriched: records - rejected, rejected: rejected + unreadable };
}
