import { frame } from './framing.ts';

/** How far ahead of a missing message others may arrive: browsers send ten requests at once at most. */
const MAX_EARLY = 1000;
/** A frame is handed over in pieces of about this many characters, so that the client can begin before all is there. */
const FRAME_LENGTH = 64 * 1024;

export const NOOP = '["noop"]';

/**
 * What one WebChannel session remembers, free of sockets and clocks: messages of the client in order and once, however
 * often and in whatever order they arrive; arrays for the client until it has them, however often its back channel
 * breaks. Array 0 is the answer to the handshake.
 */
export class ChannelSession {
  #expected = 0;
  readonly #early = new Map<number, string>();
  /** Not yet acknowledged, each as `[id,payload]`. */
  #arrays: string[] = [];
  #firstId = 0;
  /** Last array given to the back channel of now. */
  #given = -1;
  #length = 0;

  /** Id of the last array. */
  get lastId(): number {
    return this.#firstId + this.#arrays.length - 1;
  }

  /** Characters that the client has not acknowledged. */
  get outstanding(): number {
    return this.#length;
  }

  get hasMore(): boolean {
    return this.#given < this.lastId;
  }

  /**
   * Messages that can be worked on now.
   * @param offset position of the first of them in the session
   * @throws RangeError where one is missing that must have been lost for good
   */
  receive(offset: number, messages: readonly string[]): string[] {
    for (const [i, message] of messages.entries())
      if (offset + i >= this.#expected) this.#early.set(offset + i, message);
    const ready: string[] = [];
    for (let next = this.#take(); next !== undefined; next = this.#take()) ready.push(next);
    if (this.#early.size > MAX_EARLY) throw new RangeError(`Message ${this.#expected} has not come.`);
    return ready;
  }

  #take(): string | undefined {
    const message = this.#early.get(this.#expected);
    if (message === undefined) return undefined;
    this.#early.delete(this.#expected++);
    return message;
  }

  /** @param payload JSON of an array */
  push(payload: string): void {
    const array = `[${this.lastId + 1},${payload}]`;
    this.#arrays.push(array);
    this.#length += array.length;
  }

  /** The client has everything up to this array. */
  acknowledge(id: number): void {
    const count = Math.min(id - this.#firstId + 1, this.#arrays.length);
    if (!(count > 0)) return;
    for (const array of this.#arrays.splice(0, count)) this.#length -= array.length;
    this.#firstId += count;
    this.#given = Math.max(this.#given, this.#firstId - 1);
  }

  /** A new back channel begins behind the array that it names: what was given to the one before may be lost. */
  rewind(id: number): void {
    this.acknowledge(id);
    this.#given = this.#firstId - 1;
  }

  /** The next frame for the back channel; undefined when it has everything. */
  next(): string | undefined {
    if (!this.hasMore) return undefined;
    const from = this.#given + 1 - this.#firstId;
    let to = from;
    for (let length = 0; to < this.#arrays.length && length < FRAME_LENGTH; to++)
      length += this.#arrays[to]!.length;
    this.#given = this.#firstId + to - 1;
    return frame(`[${this.#arrays.slice(from, to).join(',')}]`);
  }
}
