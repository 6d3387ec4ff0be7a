import type { Fields, RunTransaction } from '../../shared/windows/transaction.ts';

/** An upload that ingest is reading, or has read while its batches are being counted. */
export interface OpenUpload {
  readonly id: string;
  readonly pipeline: string;
  readonly state: 'reading' | 'read';
  /** How many records ingest has published; certain once it has read all. */
  readonly published: number;
}

/** Sums over the ledger entries of an upload. */
export interface Tally {
  /** Records of complete batches; a batch may have been split on its way, its records are shared out. */
  readonly records: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly late: number;
}

export interface SettledUpload {
  readonly pipeline: string;
  /** Marks it as done. @returns whether it was not yet */
  finish(at: Date): Promise<boolean>;
}

export interface Uploads {
  /** Pipelines that have an upload open. */
  readonly open: ReadonlySet<string>;
  /** Uploads all of whose batches have been counted. */
  readonly settled: readonly SettledUpload[];
}

interface UploadStore {
  readonly run: RunTransaction;
  openUploads(): Promise<OpenUpload[]>;
  tally(upload: string): Promise<Tally>;
}

/** Tells the uploads that have been counted from those that are still open. */
export async function settle(store: UploadStore): Promise<Uploads> {
  const open = new Set<string>();
  const settled: SettledUpload[] = [];
  for (const upload of await store.openUploads()) {
    const tally = upload.state === 'read' ? await store.tally(upload.id) : undefined;
    if (tally?.records === upload.published) {
      settled.push({ pipeline: upload.pipeline, finish: at => finish(store.run, upload.id, tally, at) });
    } else {
      open.add(upload.pipeline);
    }
  }
  return { open, settled };
}

/** Records are what ingest read; each has been accepted, was late, or was rejected by ingest or by a later step. */
function finish(run: RunTransaction, id: string, tally: Tally, at: Date): Promise<boolean> {
  const path = `uploads/${id}`;
  return run(async transaction => {
    const [upload] = await transaction.read([path]);
    if (upload?.['state'] !== 'read') return false;
    const counts = (upload['counts'] ?? {}) as Fields;
    const rejected = Number(counts['rejected'] ?? 0) + tally.rejected;
    transaction.update(path, {
      // What could be read of a broken file counts; that it is broken stands beside it.
      state: upload['error'] ? 'failed' : 'done',
      counts: { ...counts, accepted: tally.accepted, rejected, late: tally.late },
      finishedAt: at,
    });
    return true;
  });
}
