import { type Problem, problemOf } from '../data/problems.ts';
import type { UploadView } from '../model/uploads.ts';
import { askPermit, NotPermitted } from './ask.ts';
import { openSession, send, UploadRefused } from './resumable.ts';

/** A file on its way into the bucket. */
export interface Transfer {
  readonly id: number;
  readonly pipeline: string;
  readonly name: string;
  readonly size: number;
  readonly sent: number;
  readonly state: 'sending' | 'sent' | 'failed';
  /** Known once it is sent: which document goes on from here. */
  readonly object?: string;
  readonly generation?: string | undefined;
  readonly problem?: Problem;
}

export interface TransferOptions {
  readonly uploadUrl: string;
  readonly token: () => Promise<string>;
  readonly changed: (transfers: readonly Transfer[]) => void;
}

/** The files that this page sends. They go on while the user looks at something else. */
export class Transfers {
  readonly #options: TransferOptions;
  readonly #cancels = new Map<number, AbortController>();
  #all: readonly Transfer[] = [];
  #last = 0;

  constructor(options: TransferOptions) {
    this.#options = options;
  }

  start(pipeline: string, file: File): void {
    const id = ++this.#last;
    this.#set([{ id, pipeline, name: file.name, size: file.size, sent: 0, state: 'sending' }, ...this.#all]);
    const cancel = new AbortController();
    this.#cancels.set(id, cancel);
    this.#send(id, pipeline, file, cancel.signal).catch((error: unknown) => {
      if (cancel.signal.aborted) return;
      this.#update(id, { state: 'failed', problem: inWords(error) });
    });
  }

  /** Stops a transfer, or takes a failed one away. */
  dismiss(id: number): void {
    this.#cancels.get(id)?.abort();
    this.#cancels.delete(id);
    this.#set(this.#all.filter(one => one.id !== id));
  }

  /** Takes away what has become documents. */
  handOver(uploads: readonly UploadView[]): void {
    const rest = this.#all.filter(
      one => one.state !== 'sent' || !uploads.some(upload => isSame(one, upload)),
    );
    if (rest.length < this.#all.length) this.#set(rest);
  }

  async #send(id: number, pipeline: string, file: File, signal: AbortSignal): Promise<void> {
    const { uploadUrl, token } = this.#options;
    const permit = await askPermit(uploadUrl, await token(), pipeline, file);
    const session = await openSession(permit.url, permit.headers, signal);
    const progress = (sent: number): void => this.#update(id, { sent });
    const generation = await send({ session, file, progress, signal });
    this.#update(id, {
      state: 'sent',
      sent: file.size,
      object: permit.file.replace(/^gs:\/\/[^/]+\//, ''),
      generation,
    });
  }

  #update(id: number, change: Partial<Transfer>): void {
    this.#set(this.#all.map(one => (one.id === id ? { ...one, ...change } : one)));
  }

  #set(all: readonly Transfer[]): void {
    this.#all = all;
    this.#options.changed(all);
  }
}

const isSame = ({ object, generation }: Transfer, upload: UploadView): boolean =>
  object === upload.object && (generation === undefined || generation === upload.generation);

function inWords(error: unknown): Problem {
  if (error instanceof NotPermitted) return error.problem;
  if (error instanceof UploadRefused) return { title: 'Storage refused the file', help: error.message };
  if (error instanceof TypeError)
    return { title: 'The upload was cut off', help: 'Check the network, then drop the file again.' };
  return problemOf(error);
}
