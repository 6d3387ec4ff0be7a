import { noBucket } from './errors.ts';
import type { JournalRecord, PendingChange } from './journal.ts';
import { compareNames } from './names.ts';
import type { StoredBucket, StoredObject } from './resources.ts';

interface Shelf {
  bucket: StoredBucket;
  readonly objects: Map<string, StoredObject>;
  /** In list order; undefined after a name came or went. */
  order: string[] | undefined;
}

/** What the journal amounts to, in memory. It changes by records only: what is read back is what was. */
export class Catalogue {
  readonly #shelves = new Map<string, Shelf>();
  readonly #pending = new Map<number, PendingChange>();
  #generation = 0;
  #seq = 0;

  /** The highest generation ever given, also to objects that are gone. */
  get generation(): number {
    return this.#generation;
  }

  /** The highest number of a change. */
  get seq(): number {
    return this.#seq;
  }

  /** Changes that not every listener has taken, oldest first. */
  get pending(): PendingChange[] {
    return [...this.#pending.values()];
  }

  get buckets(): StoredBucket[] {
    return Array.from(this.#shelves.values(), shelf => shelf.bucket);
  }

  findBucket(name: string): StoredBucket | undefined {
    return this.#shelves.get(name)?.bucket;
  }

  /** @throws StorageError 404 where there is no such bucket */
  objects(bucket: string): ReadonlyMap<string, StoredObject> {
    return this.#shelf(bucket).objects;
  }

  /** Object names in the order of lists. @throws StorageError 404 where there is no such bucket */
  names(bucket: string): readonly string[] {
    const shelf = this.#shelf(bucket);
    shelf.order ??= [...shelf.objects.keys()].sort(compareNames);
    return shelf.order;
  }

  apply(record: JournalRecord): void {
    if ('pending' in record) {
      for (const change of record.pending) {
        this.#pending.set(change.seq, change);
        this.#seq = Math.max(this.#seq, change.seq);
      }
    }
    if (record.op === 'clock') {
      this.#generation = record.generation;
      this.#seq = record.seq;
    } else if (record.op === 'sent') this.#pending.delete(record.seq);
    else if (record.op === 'bucket') this.#putBucket(record.bucket);
    else if (record.op === 'bucket-gone') this.#shelves.delete(record.name);
    else if (record.op === 'object-gone') this.#remove(record.bucket, record.name);
    else if (record.op !== 'pending') {
      if (record.op === 'moved') this.#remove(record.object.bucket, record.from);
      this.#put(record.object);
    }
  }

  /** The shortest history that leads here. */
  *records(): Generator<JournalRecord> {
    yield { op: 'clock', generation: this.#generation, seq: this.#seq };
    for (const { bucket, objects } of this.#shelves.values()) {
      yield { op: 'bucket', bucket };
      for (const object of objects.values()) yield { op: 'object', object, pending: [] };
    }
    if (this.#pending.size > 0) yield { op: 'pending', pending: this.pending };
  }

  #shelf(name: string): Shelf {
    const shelf = this.#shelves.get(name);
    if (!shelf) throw noBucket();
    return shelf;
  }

  #putBucket(bucket: StoredBucket): void {
    const shelf = this.#shelves.get(bucket.name);
    if (shelf) shelf.bucket = bucket;
    else this.#shelves.set(bucket.name, { bucket, objects: new Map(), order: undefined });
  }

  #put(object: StoredObject): void {
    const shelf = this.#shelf(object.bucket);
    if (!shelf.objects.has(object.name)) shelf.order = undefined;
    shelf.objects.set(object.name, object);
    this.#generation = Math.max(this.#generation, Number(object.generation));
  }

  #remove(bucket: string, name: string): void {
    const shelf = this.#shelf(bucket);
    shelf.objects.delete(name);
    shelf.order = undefined;
  }
}
