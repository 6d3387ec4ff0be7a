/** A stored file: its bytes as a stream, or by ranges where a format keeps its directory at the end. */
export interface FileBytes {
  /** Bytes as stored. */
  readonly size: number;
  stream(from: number): AsyncIterable<Uint8Array>;
  /** Exactly the bytes from `start` to before `end`. */
  slice(start: number, end: number): Promise<Uint8Array>;
}
