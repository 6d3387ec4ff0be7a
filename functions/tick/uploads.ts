import type { Fields, RunTransaction } from '../../shared/windows/transaction.ts';

/** An upload that ingest is reading, or has read while its batches are being counted. */
export interface OpenUpload {
  readonly id: string;
  readonly pipeline: string;
  readonly state: 'reading' | 'read';
  /** How many records ingest has published; certain once it has read all. */
  readonly published: number;
  /** When ingest last said something of it, ms. */
  readonly changedAt: number;
}

/** Eventarc gives an event up after 24 hours: what has not been counted by then is a dead letter, or waits for a redrive. */
const STALLED_MS = 25 * 3600_000;

/** Sums over the ledger entries of an upload. */
export interface Tally {
  /** Records of complete batches; a batch may have been split on its way, its records are shared out. */
  readonly records: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly late: number;
  readonly repeated: number;
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

/** Tells the uploads that have been counted, or that nothing can be expected of any more, from those that are still open. */
export async function settle(store: UploadStore, now: number): Promise<Uploads> {
  const open = new Set<string>();
  const settled: SettledUpload[] = [];
  for (const upload of await store.openUploads()) {
    const { id, pipeline, state, published, changedAt } = upload;
    const stalled = now - changedAt > STALLED_MS;
    const tally = state === 'read' || stalled ? await store.tally(id) : undefined;
    const whole = state === 'read' && tally !== undefined && tally.records >= published;
    if (tally && (whole || stalled)) {
      const error = whole ? undefined : missing(tally.records, published);
      settled.push({ pipeline, finish: at => finish(store.run, id, tally, at, error) });
    } else open.add(pipeline);
  }
  return { open, settled };
}

function missing(counted: number, published: number): { reason: string } {
  const hours = STALLED_MS / 3600_000;
  return {
    reason: `After ${hours} hours ${counted} of ${published} records are counted; the dead letters say why.`,
  };
}

/** Records are what ingest read; each was accepted, late, a repetition, or rejected by ingest or by a later step. */
function finish(
  run: RunTransaction,
  id: string,
  tally: Tally,
  at: Date,
  error?: { readonly reason: string },
): Promise<boolean> {
  const path = `uploads/${id}`;
  return run(async transaction => {
    const [upload] = await transaction.read([path]);
    if (upload?.['state'] !== 'read' && !(error && upload?.['state'] === 'reading')) return false;
    const counts = (upload['counts'] ?? {}) as Fields;
    const rejected = Number(counts['rejected'] ?? 0) + tally.rejected;
    transaction.update(path, {
      // What could be read of a broken file counts; that it is broken stands beside it.
      state: error || upload['error'] ? 'failed' : 'done',
      ...(error && !upload['error'] && { error }),
      counts: { ...counts, accepted: tally.accepted, rejected, late: tally.late, repeated: tally.repeated },
      finishedAt: at,
    });
    return true;
  });
}
