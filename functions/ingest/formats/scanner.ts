const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LF = 10;

export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

/** Finds the end of a JSON value by brackets and strings alone, so also where it is malformed. Goes on over several buffers. */
export class Scanner {
  /** Bytes and line ends passed since the last reset. */
  seen = 0;
  lines = 0;
  #depth = 0;
  #quoted = false;
  #escaped = false;

  reset(): void {
    this.seen = 0;
    this.lines = 0;
    this.#depth = 0;
    this.#quoted = false;
    this.#escaped = false;
  }

  /** The place of a comma, of `close`, or of a colon if `colon`, outside of any brackets and strings; -1 if there is none yet. */
  find(bytes: Buffer, from: number, close: number, colon: boolean): number {
    let depth = this.#depth;
    let quoted = this.#quoted;
    let escaped = this.#escaped;
    let lines = this.lines;
    let at = from;
    let found = -1;
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === LF) lines++;
      if (quoted) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) quoted = false;
      } else if (byte === QUOTE) quoted = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
      else if (depth > 0) {
        if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
      } else if (byte === COMMA || byte === close || (colon && byte === COLON)) {
        found = at;
        break;
      }
    }
    this.#depth = depth;
    this.#quoted = quoted;
    this.#escaped = escaped;
    this.lines = lines;
    this.seen += at - from;
    return found;
  }
}
