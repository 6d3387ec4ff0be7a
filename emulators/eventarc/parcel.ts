/** A binary-mode CloudEvent as it is POSTed. */
export interface Parcel {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}
