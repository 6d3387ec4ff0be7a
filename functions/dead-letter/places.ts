import type { Firestore } from '@google-cloud/firestore';
import { createGroups } from '../../shared/group/group.ts';
import { admit, NO_QUOTA, type Parcel, type Quota } from './quota.ts';

interface Job extends Parcel {
  readonly firestore: Firestore;
  readonly now: Date;
  /** Where the rest of the upload's rejects lie. */
  readonly rest: string;
}

/** No copy of a message comes later: topics keep theirs for a week. */
const KEPT_MS = 30 * 24 * 3600_000;

/** How many rejects of a parcel become documents. Parcels of an upload that come together share a transaction. */
export const placesOf: (upload: string, job: Job) => Promise<number> = (upload, job) =>
  groups(upload, { ...job, upload });

const groups = createGroups(
  async (jobs: readonly (Job & { readonly upload: string })[]) => {
    const { upload, firestore, now, rest } = jobs[0]!;
    const quotaDocument = firestore.doc(`_millrace/dead-letter/rejectQuotas/${upload}`);
    const uploadDocument = firestore.doc(`uploads/${upload}`);
    return firestore.runTransaction(async transaction => {
      const [known, shown] = await transaction.getAll(quotaDocument, uploadDocument);
      const before = (known?.data() as Quota | undefined) ?? NO_QUOTA;
      const { quota, places } = admit(before, jobs);
      const spilt = quota.overflowed && !before.overflowed;
      if (quota.documents !== before.documents || spilt) {
        transaction.set(quotaDocument, { ...quota, expireAt: new Date(now.getTime() + KEPT_MS) });
      }
      // Once an upload: those who watch it are told where the rest is, not how it grows.
      if (spilt && shown?.exists) {
        transaction.update(uploadDocument, { rejects: { documents: quota.documents, rest } });
      }
      return places;
    });
  },
  { most: 100 },
);
