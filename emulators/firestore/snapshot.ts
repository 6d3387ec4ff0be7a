import type { StoredDocument } from './document.ts';
import type { ListenMessage } from './listen-messages.ts';
import type { Delta } from './view.ts';

interface Ids {
  readonly targetIds: number[];
  readonly removedTargetIds: number[];
}

/** What one stream is told of one commit: each document once, whichever targets it is for. */
export class Snapshot {
  readonly time: number;
  readonly #changed = new Map<StoredDocument, Ids>();
  readonly #deleted = new Map<string, number[]>();
  /** Left a window without having changed. */
  readonly #removed = new Map<string, number[]>();

  constructor(time: number) {
    this.time = time;
  }

  get empty(): boolean {
    return this.#changed.size + this.#deleted.size + this.#removed.size === 0;
  }

  /** What it is billed as: a read for each document and target, but none for what is deleted. */
  get reads(): number {
    let reads = 0;
    for (const { targetIds, removedTargetIds } of this.#changed.values())
      reads += targetIds.length + removedTargetIds.length;
    return reads;
  }

  add(id: number, name: string, doc: StoredDocument | undefined, inside: boolean): void {
    if (!doc) {
      append(this.#deleted, name, id);
      return;
    }
    let ids = this.#changed.get(doc);
    if (!ids) {
      ids = { targetIds: [], removedTargetIds: [] };
      this.#changed.set(doc, ids);
    }
    (inside ? ids.targetIds : ids.removedTargetIds).push(id);
  }

  addAll(id: number, { entries, removed }: Delta): void {
    for (const { name, doc, inside } of entries) this.add(id, name, doc, inside);
    for (const name of removed) append(this.#removed, name, id);
  }

  *messages(): Generator<ListenMessage, void, undefined> {
    const readTime = this.time;
    for (const [name, removedTargetIds] of this.#removed)
      yield { kind: 'remove', name, removedTargetIds, readTime };
    for (const [name, removedTargetIds] of this.#deleted)
      yield { kind: 'delete', name, removedTargetIds, readTime };
    for (const [document, ids] of this.#changed) yield { kind: 'change', document, ...ids };
  }
}

function append(lists: Map<string, number[]>, name: string, id: number): void {
  const list = lists.get(name);
  if (list) list.push(id);
  else lists.set(name, [id]);
}
