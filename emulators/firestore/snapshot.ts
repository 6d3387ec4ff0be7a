import type { StoredDocument } from './document.ts';
import type { ListenMessage, ListenStream } from './listen.ts';
import type { Query } from './query/parse.ts';
import { belongs } from './query/run.ts';
import { selected } from './service.ts';

/** What one client listens to under one id: documents by name, or a query. */
export class Target {
  readonly id: number;
  readonly stream: ListenStream;
  readonly names: readonly string[];
  readonly query: Query | undefined;
  /** What a query with a limit shows now; without one membership follows from the document alone. */
  members: Map<string, StoredDocument> | undefined;

  constructor(id: number, stream: ListenStream, names: readonly string[], query: Query | undefined) {
    this.id = id;
    this.stream = stream;
    this.names = names;
    this.query = query;
  }

  get windowed(): boolean {
    return !!this.query && (this.query.limit !== Number.POSITIVE_INFINITY || this.query.offset > 0);
  }
}

export const memberMap = (documents: readonly StoredDocument[]): Map<string, StoredDocument> =>
  new Map(documents.map(doc => [doc.name, doc]));

/** What one stream is told of one commit: each document once, whichever targets it is for. */
export class Snapshot {
  readonly time: number;
  readonly #documents = new Map<string, { doc: StoredDocument | undefined; in: number[]; out: number[] }>();
  /** Left a window without having changed. */
  readonly #removed = new Map<string, number[]>();
  readonly #selected: Extract<ListenMessage, { kind: 'change' }>[] = [];

  constructor(time: number) {
    this.time = time;
  }

  get empty(): boolean {
    return this.#documents.size + this.#removed.size + this.#selected.length === 0;
  }

  add(target: Target, name: string, doc: StoredDocument | undefined, inside: boolean): void {
    if (doc && target.query?.select) {
      const [targetIds, removedTargetIds] = inside ? [[target.id], []] : [[], [target.id]];
      this.#selected.push({
        kind: 'change',
        document: selected(doc, target.query),
        targetIds,
        removedTargetIds,
      });
      return;
    }
    const entry = this.#documents.get(name) ?? { doc, in: [], out: [] };
    this.#documents.set(name, entry);
    (doc && inside ? entry.in : entry.out).push(target.id);
  }

  /** `touched` says what the documents are now that may have left because they changed. */
  difference(
    target: Target,
    before: ReadonlyMap<string, StoredDocument>,
    after: ReadonlyMap<string, StoredDocument>,
    touched: ReadonlyMap<string, StoredDocument | undefined>,
  ): void {
    for (const name of before.keys()) {
      if (after.has(name)) continue;
      const doc = touched.get(name);
      if (touched.has(name) && !(doc && belongs(target.query!, doc))) this.add(target, name, doc, false);
      else this.#removed.set(name, [...(this.#removed.get(name) ?? []), target.id]);
    }
    for (const [name, doc] of after)
      if (before.get(name)?.updateTime !== doc.updateTime) this.add(target, name, doc, true);
  }

  send(stream: ListenStream): void {
    if (this.empty) return;
    this.sendDocuments(stream);
    stream.send({ kind: 'target', type: 'NO_CHANGE', targetIds: [], readTime: this.time });
  }

  sendDocuments(stream: ListenStream): void {
    const readTime = this.time;
    for (const [name, removedTargetIds] of this.#removed)
      stream.send({ kind: 'remove', name, removedTargetIds, readTime });
    for (const [name, { doc, in: targetIds, out: removedTargetIds }] of this.#documents) {
      if (doc) stream.send({ kind: 'change', document: doc, targetIds, removedTargetIds });
      else stream.send({ kind: 'delete', name, removedTargetIds, readTime });
    }
    for (const message of this.#selected) stream.send(message);
  }
}
