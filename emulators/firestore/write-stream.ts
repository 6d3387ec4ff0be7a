import { type Context, expiry } from './callers.ts';
import type { WriteResult } from './database.ts';
import { checkRequestSize } from './request-parts.ts';
import type { CommitRequest } from './requests.ts';
import type { Service } from './service.ts';

/** google.firestore.v1.WriteRequest as decoded. */
export interface WriteStreamRequest extends CommitRequest {
  streamId?: string;
  streamToken?: Uint8Array;
}

/** google.firestore.v1.WriteResponse, free of any wire; times in microseconds. */
export interface WriteStreamResponse {
  /** In the first response only. */
  readonly streamId?: string;
  readonly streamToken: Uint8Array;
  readonly commit?: { readonly writeResults: readonly WriteResult[]; readonly commitTime: number };
}

const STREAM_ID = '0';

/** The first request opens the stream; every further one is a commit, answered in order. */
export class WriteStream {
  readonly #service: Service;
  readonly #send: (response: WriteStreamResponse) => void;
  readonly #contextOf: (database: string | undefined) => Context;
  #context: Context | undefined;
  #database = '';
  #token = 0;
  #last: Promise<void> = Promise.resolve();
  #failed = false;

  /** @param contextOf asked once, with the database that the first request names */
  constructor(
    service: Service,
    send: (response: WriteStreamResponse) => void,
    contextOf: (database: string | undefined) => Context,
  ) {
    this.#service = service;
    this.#send = send;
    this.#contextOf = contextOf;
  }

  /**
   * @param bytes length of the request on the wire
   * @throws what the request deserves; after that the stream is over
   */
  receive(request: WriteStreamRequest, bytes: number): Promise<void> {
    this.#last = this.#last.then(async () => {
      if (this.#failed) return;
      try {
        await this.#answer(request, bytes);
      } catch (error) {
        this.#failed = true;
        throw error;
      }
    });
    const answered = this.#last;
    this.#last = answered.catch(() => {});
    return answered;
  }

  /** Resolves once everything received so far has been answered. */
  get idle(): Promise<void> {
    return this.#last;
  }

  async #answer(request: WriteStreamRequest, bytes: number): Promise<void> {
    checkRequestSize(bytes);
    if (!this.#context) {
      this.#context = this.#contextOf(request.database);
      this.#database = request.database ?? '';
      this.#send({ streamId: STREAM_ID, streamToken: this.#nextToken() });
      if (!request.writes?.length) return;
    }
    const expired = expiry(this.#context.caller);
    if (expired) throw expired;
    const writes = request.writes ?? [];
    const commit = await this.#service.commit({ database: this.#database, writes }, this.#context);
    this.#send({ streamToken: this.#nextToken(), commit });
  }

  #nextToken(): Uint8Array {
    return Buffer.from(String(this.#token++));
  }
}
