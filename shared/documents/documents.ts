import { type DocumentData, Firestore, type WriteResult } from '@google-cloud/firestore';

const ALREADY_EXISTS = 6;

export interface NewDocument {
  readonly path: string;
  readonly data: DocumentData;
}

export function createFirestore(projectId: string): Firestore {
  return new Firestore({ projectId, ignoreUndefinedProperties: true });
}

/**
 * Creates each document unless it is there already: with a derived id, the second delivery changes nothing.
 * Not atomic: what is written before a failure stays, and the next try goes on from there.
 * @returns how many are new
 * @throws the first other error, once all have been tried
 */
export async function createOnce(firestore: Firestore, documents: readonly NewDocument[]): Promise<number> {
  // The client's ramp-up throttle protects new collections in bulk loads; here it would only delay a live result.
  const writer = firestore.bulkWriter({ throttling: false });
  writer.onWriteError(error => error.code !== ALREADY_EXISTS && error.failedAttempts < 5);
  const writes: Promise<WriteResult>[] = documents.map(({ path, data }) =>
    writer.create(firestore.doc(path), data),
  );
  const settled = Promise.allSettled(writes);
  await writer.close();
  let created = 0;
  for (const result of await settled) {
    if (result.status === 'fulfilled') created++;
    else if ((result.reason as { code?: number }).code !== ALREADY_EXISTS) throw result.reason;
  }
  return created;
}
