/** So many rejected records of one upload become documents; the rest are lines of files in the bucket `rejects`. */
export const DOCUMENTS_AN_UPLOAD = 1000;

/** _millrace/dead-letter/rejectQuotas/{upload}: which messages' rejects have become documents. */
export interface Quota {
  /** Key of a message to how many of its rejects, from its first on. At most as many keys as documents. */
  readonly admitted: Readonly<Record<string, number>>;
  readonly documents: number;
  /** Whether there are rejects beyond. */
  readonly overflowed: boolean;
}

/** A message's rejects of one upload. */
export interface Parcel {
  /** Derived from the ids in it: the same in every copy. */
  readonly key: string;
  readonly size: number;
}

export const NO_QUOTA: Quota = { admitted: {}, documents: 0, overflowed: false };

/**
 * Shares out the places that an upload has left. What a message was given once it keeps, and a full quota never gives
 * again: every copy of a message, whenever it comes, gets the same answer.
 * @returns the places of each parcel, in their order, and the quota after
 */
export function admit(
  before: Quota,
  parcels: readonly Parcel[],
  most: number = DOCUMENTS_AN_UPLOAD,
): { readonly quota: Quota; readonly places: readonly number[] } {
  const admitted = new Map(Object.entries(before.admitted));
  let { documents, overflowed } = before;
  const places = parcels.map(({ key, size }) => {
    const known = admitted.get(key) ?? Math.min(size, most - documents);
    if (known > 0 && !admitted.has(key)) {
      admitted.set(key, known);
      documents += known;
    }
    overflowed ||= known < size;
    return known;
  });
  return { quota: { admitted: Object.fromEntries(admitted), documents, overflowed }, places };
}
