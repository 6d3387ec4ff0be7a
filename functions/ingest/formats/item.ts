/** The formats by content; `empty` has no records. */
export type FormatName =
  | 'ndjson'
  | 'json-array'
  | 'geojson'
  | 'json'
  | 'csv'
  | 'tsv'
  | 'access-log'
  | 'parquet'
  | 'empty';

/** Those that are read from the first byte to the last. */
export type StreamFormat = Exclude<FormatName, 'parquet'>;

/** One record of the file, or one that could not be read. `offset`: its first byte in the decompressed stream; `line`: 1-based. In Parquet: the row's number, from 0 and from 1. */
export type Item =
  | { readonly kind: 'record'; readonly value: unknown; readonly line: number; readonly offset: number }
  | {
      readonly kind: 'reject';
      readonly reason: string;
      readonly line: number;
      readonly offset: number;
      /** At most 1,024 bytes of the raw text. */
      readonly excerpt: string;
    };

/** Where a reader stands between two records. What it remembers besides the place depends on the format. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  /** JSON array and GeoJSON: what the reader expects next. */
  readonly phase?: Phase;
  /** CSV: the column names, once read. */
  readonly header?: readonly string[];
  /** CSV: one of `,` tab `;`. */
  readonly delimiter?: string;
  /** Parquet: bytes of content so far, which are held against the file's size. */
  readonly content?: number;
}

/** What may come next in a JSON array or a FeatureCollection. */
export type Phase =
  | 'start'
  | 'member'
  | 'features-value'
  | 'other-value'
  | 'first-element'
  | 'next-element'
  | 'after-features'
  | 'after'
  | 'drained';

/** Enough to go on at a later time, as plain JSON: the reader goes on with exactly the next item. */
export interface Checkpoint extends Position {
  readonly format: FormatName;
  /** The object is gzipped: `offset` counts decompressed bytes. */
  readonly compressed: boolean;
}

export interface Limits {
  /** Bytes of one record's text. */
  readonly maxRecordBytes: number;
  /** Nesting of objects and arrays in one record. */
  readonly maxDepth: number;
  readonly maxColumns: number;
  /** Bytes of the whole file, decompressed. */
  readonly maxBytes: number;
  /** Decompressed to compressed bytes; judged beyond 32 MiB of output. */
  readonly maxRatio: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxRecordBytes: 350 * 1024,
  maxDepth: 64,
  maxColumns: 1000,
  maxBytes: 16 * 1024 ** 3,
  maxRatio: 250,
};

/** The file as a whole cannot be read (any further): permanent. All good records before it have been yielded. */
export class FormatError extends Error {
  readonly reason: string;
  /** Where reading stopped: 1-based line and byte of the decompressed stream. */
  readonly line: number;
  readonly offset: number;

  constructor(reason: string, at: { line: number; offset: number } = { line: 1, offset: 0 }) {
    super(`line ${at.line}: ${reason}`);
    this.name = 'FormatError';
    this.reason = reason;
    this.line = at.line;
    this.offset = at.offset;
  }
}

/** Cuts records out of bytes as they come. Between calls it remembers only its position and a record too long to keep. */
export interface Cutter {
  /**
   * Reads on. `bytes` begin where the last call stopped consuming; `last` says that nothing follows them.
   * Adds at most `room` items to `out`, and returns the number of bytes it is done with. Throws FormatError.
   */
  cut(bytes: Buffer, last: boolean, out: Item[], room: number): number;
  /** The place after the last item, or further on where no record has begun. */
  position(): Position;
}
