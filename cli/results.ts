import type { Firestore } from '@google-cloud/firestore';

/** What the documents say has come in and out. */
export interface Results {
  readonly events: { readonly in: number; readonly enriched: number; readonly rejected: number };
  readonly windows: number;
  readonly alerts: number;
  readonly deadLetters: number;
}

/**
 * Counts by aggregation queries: nothing is read that is not counted. What `aggregate` has booked counts as enriched, so
 * that live messages count as well as uploads; what an upload could not even read counts from uploads/….
 */
export async function readResults(firestore: Firestore): Promise<Results> {
  const { AggregateField } = await import('@google-cloud/firestore');
  const ledger = firestore.collection('_millrace/aggregate/ledger');
  const sums = { accepted: AggregateField.sum('accepted'), rejected: AggregateField.sum('rejected') };
  const [booked, unread, windows, alerts, deadLetters] = await Promise.all([
    ledger.aggregate(sums).get(),
    firestore
      .collection('uploads')
      .aggregate({ rejected: AggregateField.sum('counts.rejected') })
      .get(),
    // A large window lies in several documents; its first alone has the time.
    firestore.collectionGroup('panes').orderBy('timestamp').count().get(),
    firestore.collection('alerts').count().get(),
    firestore.collection('deadLetters').count().get(),
  ]);
  const { accepted = 0, rejected = 0 } = booked.data() as { accepted?: number; rejected?: number };
  const refused = rejected + Number(unread.data().rejected ?? 0);
  return {
    events: { in: accepted + refused, enriched: accepted, rejected: refused },
    windows: windows.data().count,
    alerts: alerts.data().count,
    deadLetters: deadLetters.data().count,
  };
}
