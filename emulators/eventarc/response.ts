/** A final answer. */
export interface Answer {
  readonly status: number;
  /** The beginning of its body, for whoever reads why something failed. */
  readonly said: string;
  /** Whether the connection takes another request. */
  readonly reusable: boolean;
}

interface Head {
  readonly status: number;
  readonly framing: 'none' | 'chunked' | 'close' | { readonly bytes: number };
  readonly closes: boolean;
}

const NOTHING = Buffer.alloc(0);
const LINE_END = '\r\n';
const HEAD_END = '\r\n\r\n';
/** As Node's own parser has it: `--max-http-header-size`. */
const LONGEST_HEAD = 16_384;
const SAID_BYTES = 500;
const FIRST_FINAL = 200;
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 304]);

/**
 * Reads the answer to one request from the bytes of a connection, however they are cut: {@link https://www.rfc-editor.org/rfc/rfc9112}.
 * Node's own client makes objects and streams for each answer; of those that say only "delivered" that was half of the cost.
 */
export class ResponseReader {
  /** What is not understood yet. */
  #rest: Buffer = NOTHING;
  #head: Head | undefined;
  /** Bytes of the body, or of the chunk, that are still to come; undefined between chunks. */
  #left: number | undefined;
  /** Behind the last chunk only trailers follow. */
  #trailing = false;
  readonly #said: Buffer[] = [];
  #saidBytes = 0;

  /**
   * @returns the answer once all of it is there
   * @throws Error where the bytes are no HTTP/1.1
   */
  read(bytes: Buffer): Answer | undefined {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (!this.#head) {
      const head = this.#takeUntil(HEAD_END);
      if (head === undefined) return undefined;
      const read = headOf(head);
      // What comes before the final answer, such as 103, is passed over.
      if (read.status >= FIRST_FINAL) this.#head = read;
    }
    return this.#isWhole(this.#head) ? this.#answer(this.#head) : undefined;
  }

  /** The connection has ended. @returns the answer where that was its end */
  end(): Answer | undefined {
    return this.#head?.framing === 'close' ? this.#answer(this.#head) : undefined;
  }

  #answer({ status, closes }: Head): Answer {
    const said = Buffer.concat(this.#said).toString('utf8').trim();
    // Bytes that nobody has asked for would be taken for the next answer.
    return { status, said, reusable: !closes && this.#rest.length === 0 };
  }

  #isWhole({ framing }: Head): boolean {
    if (framing === 'none') return true;
    if (framing === 'chunked') return this.#readChunks();
    this.#left ??= framing === 'close' ? Number.POSITIVE_INFINITY : framing.bytes;
    return this.#readBody();
  }

  /** @returns whether all that was left has come */
  #readBody(): boolean {
    const part = this.#rest.subarray(0, this.#left);
    this.#rest = this.#rest.subarray(part.length);
    this.#left! -= part.length;
    if (this.#saidBytes < SAID_BYTES) {
      // A copy: a part of a few bytes would keep all that came with it.
      const kept = Buffer.from(part.subarray(0, SAID_BYTES - this.#saidBytes));
      this.#said.push(kept);
      this.#saidBytes += kept.length;
    }
    return this.#left === 0;
  }

  #readChunks(): boolean {
    while (!this.#trailing) {
      if (this.#left === undefined) {
        const line = this.#takeUntil(LINE_END);
        if (line === undefined) return false;
        const size = /^([0-9a-f]{1,12})[ \t]*(?:;|$)/i.exec(line)?.[1];
        if (size === undefined) throw new Error(`"${line.slice(0, 40)}" is no size of a chunk`);
        this.#left = Number.parseInt(size, 16);
        this.#trailing = this.#left === 0;
      } else {
        if (!this.#readBody()) return false;
        if (this.#rest.length < LINE_END.length) return false;
        if (this.#takeUntil(LINE_END) !== '') throw new Error('a chunk is longer than it says');
        this.#left = undefined;
      }
    }
    for (let line = this.#takeUntil(LINE_END); line !== undefined; line = this.#takeUntil(LINE_END)) {
      if (line === '') return true;
    }
    return false;
  }

  /** Takes text and the mark behind it; undefined while the mark has not come. */
  #takeUntil(mark: string): string | undefined {
    const at = this.#rest.indexOf(mark, 0, 'latin1');
    if (at > LONGEST_HEAD || (at < 0 && this.#rest.length > LONGEST_HEAD))
      throw new Error(`more than ${LONGEST_HEAD} bytes of header`);
    if (at < 0) return undefined;
    const text = this.#rest.toString('latin1', 0, at);
    this.#rest = this.#rest.subarray(at + mark.length);
    return text;
  }
}

/** {@link https://www.rfc-editor.org/rfc/rfc9112#section-6.3} */
function headOf(text: string): Head {
  const [, minor, digits] = /^HTTP\/1\.([01]) (\d{3})(?: |\r|$)/.exec(text) ?? [];
  if (digits === undefined) throw new Error(`"${text.slice(0, 40)}" is no answer in HTTP/1.1`);
  const status = Number(digits);
  const isChunked = /\r\ntransfer-encoding:[^\r]*\bchunked[ \t]*(?:\r|$)/i.test(text);
  const length = /\r\ncontent-length:[ \t]*(\d+)[ \t]*(?:\r|$)/i.exec(text)?.[1];
  const closes = minor === '0' || /\r\nconnection:[^\r]*\bclose\b/i.test(text);
  if (WITHOUT_BODY.has(status)) return { status, framing: 'none', closes };
  if (isChunked) return { status, framing: 'chunked', closes };
  if (length === undefined) return { status, framing: 'close', closes: true };
  return { status, framing: length === '0' ? 'none' : { bytes: Number(length) }, closes };
}
