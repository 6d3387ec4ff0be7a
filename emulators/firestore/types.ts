/** google.firestore.v1.Value as the protobuf runtime decodes it: exactly one field is set. */
export interface Value {
  nullValue?: number | string;
  booleanValue?: boolean;
  /** Decimal string: 64 bits do not fit a number. */
  integerValue?: string;
  doubleValue?: number;
  timestampValue?: Timestamp;
  stringValue?: string;
  bytesValue?: Uint8Array;
  referenceValue?: string;
  geoPointValue?: { latitude: number; longitude: number };
  arrayValue?: { values: Value[] };
  mapValue?: { fields: Record<string, Value> };
}

export interface Timestamp {
  /** Decimal string. */
  seconds: string;
  nanos: number;
}

/** google.firestore.v1.Document. */
export interface Document {
  /** `projects/P/databases/D/documents/PATH` */
  readonly name: string;
  readonly fields: Readonly<Record<string, Value>>;
  readonly createTime: Timestamp;
  readonly updateTime: Timestamp;
}

/** One document of one commit, in commit order. A write that changes nothing is no change. */
export interface DocumentChange {
  /** Position in the commit log: strictly rising, the same again after a restart from disk. */
  readonly sequence: number;
  readonly name: string;
  readonly before: Document | undefined;
  readonly after: Document | undefined;
  readonly commitTime: Timestamp;
}
