import type { DocumentData, Firestore } from '@google-cloud/firestore';
import type { Checkpoint } from './formats/item.ts';
import { type Counts, type Progress, START, type UploadState } from './upload.ts';

/** uploads/{id} as `ingest` keeps it. */
export interface UploadDocument extends DocumentData {
  readonly pipeline: string;
  readonly version: string;
  readonly state: UploadState;
  readonly batches: number;
  readonly counts: Counts;
  /** JSON text: checkpoints are this step's own business. */
  readonly checkpoint?: string;
  readonly skip?: number;
}

/** Announces an upload, or finds what an earlier delivery has come to. */
export async function openUpload(
  firestore: Firestore,
  id: string,
  fresh: UploadDocument,
): Promise<UploadDocument> {
  const document = firestore.doc(`uploads/${id}`);
  return firestore.runTransaction(async transaction => {
    const known = await transaction.get(document);
    if (known.exists) return known.data() as UploadDocument;
    transaction.create(document, fresh);
    return fresh;
  });
}

export function progressOf(document: UploadDocument): Progress {
  return {
    ...START,
    ...(document.checkpoint && { checkpoint: JSON.parse(document.checkpoint) as Checkpoint }),
    skip: document.skip ?? 0,
    batches: document.batches,
    counts: document.counts,
  };
}

/** Writes progress unless another delivery of the same upload has come further: nobody is thrown back. */
export async function saveProgress(
  firestore: Firestore,
  id: string,
  progress: Progress,
  more: DocumentData,
): Promise<void> {
  const document = firestore.doc(`uploads/${id}`);
  await firestore.runTransaction(async transaction => {
    const known = (await transaction.get(document)).data() as UploadDocument | undefined;
    if (known?.state !== 'reading' || known.batches > progress.batches) return;
    transaction.update(document, {
      ...more,
      batches: progress.batches,
      counts: progress.counts,
      skip: progress.skip,
      ...(progress.checkpoint && { checkpoint: JSON.stringify(progress.checkpoint) }),
    });
  });
}
