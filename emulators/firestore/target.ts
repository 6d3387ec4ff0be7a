import { GrpcError } from '../grpc/errors.ts';
import type { ListenStream } from './listen.ts';
import type { View } from './view.ts';

/** A query is judged anew with what it finds, but no more often than this: its verdict rarely changes. */
const JUDGE_EVERY_MS = 1000;

/** What one client listens to under one id: documents by name, or a query. */
export class Target {
  readonly id: number;
  readonly stream: ListenStream;
  readonly names: readonly string[];
  readonly view: View | undefined;
  readonly #judge: () => void;
  #judged = Date.now();

  /** @param judge throws where the client may not see it (any more) */
  constructor(
    id: number,
    stream: ListenStream,
    names: readonly string[],
    view: View | undefined,
    judge: () => void,
  ) {
    this.id = id;
    this.stream = stream;
    this.names = names;
    this.view = view;
    this.#judge = judge;
    judge();
  }

  /** Why the client may no longer see what it listens to, if so. */
  refusal(): GrpcError | undefined {
    const now = Date.now();
    if (this.view && now - this.#judged < JUDGE_EVERY_MS) return undefined;
    this.#judged = now;
    try {
      this.#judge();
      return undefined;
    } catch (error) {
      if (error instanceof GrpcError) return error;
      throw error;
    }
  }
}
