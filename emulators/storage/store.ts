import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ChangeFeed } from './changes.ts';
import { noBucket, noObject, StorageError } from './errors.ts';
import { Journal, type JournalRecord, type PendingChange } from './journal.ts';
import { compareNames } from './names.ts';
import type { Condition } from './preconditions.ts';
import { etagOf, objectResource, type StoredBucket, type StoredObject } from './resources.ts';
import type { ObjectEvent } from './types.ts';

/** What a new generation is made of; `path` is a finished file in the staging folder, which the store takes, or removes. */
export interface NewObject {
  readonly path: string;
  readonly bucket: string;
  readonly name: string;
  readonly fields: Omit<
    StoredObject,
    | 'blob'
    | 'bucket'
    | 'name'
    | 'generation'
    | 'metageneration'
    | 'timeCreated'
    | 'updated'
    | 'timeStorageClassUpdated'
  >;
}

interface Shelf {
  bucket: StoredBucket;
  readonly objects: Map<string, StoredObject>;
  /** In list order; undefined after a name came or went. */
  order: string[] | undefined;
}

/**
 * Buckets and objects: all metadata in memory and in a journal, bytes in files named by generation. Every change is checked
 * and written within one turn of the event loop, so two writers never both pass the same precondition.
 */
export class Store {
  readonly #shelves = new Map<string, Shelf>();
  readonly #journal: Journal;
  readonly #blobs: string;
  readonly #staging: string;
  readonly #now: () => number;
  readonly feed: ChangeFeed;
  /** Set once the port is known; links in events begin with it. */
  origin = '';
  #generation = 0;
  #seq = 0;
  #staged = 0;

  constructor(dir: string, now: () => number) {
    this.#now = now;
    this.#blobs = join(dir, 'blobs');
    this.#staging = join(dir, 'staging');
    rmSync(this.#staging, { recursive: true, force: true });
    for (const folder of [this.#blobs, this.#staging]) mkdirSync(folder, { recursive: true });
    this.#journal = new Journal(join(dir, 'journal.ndjson'));
    const pending = new Map<number, PendingChange>();
    for (const record of this.#journal.read()) this.#replay(record, pending);
    this.#journal.restart(this.#records([...pending.values()]));
    this.#sweep();
    this.feed = new ChangeFeed([...pending.values()], seq => this.#journal.append({ op: 'sent', seq }));
  }

  close(): void {
    this.#journal.close();
  }

  now(): string {
    return new Date(this.#now()).toISOString();
  }

  /** A path of its own for bytes that are still coming; gone after a restart unless they became an object. */
  stagingPath(): string {
    return join(this.#staging, String(this.#staged++));
  }

  blobPath(object: StoredObject): string {
    return join(this.#blobs, object.blob);
  }

  get buckets(): StoredBucket[] {
    return Array.from(this.#shelves.values(), shelf => shelf.bucket);
  }

  findBucket(name: string): StoredBucket | undefined {
    return this.#shelves.get(name)?.bucket;
  }

  bucket(name: string): StoredBucket {
    return this.#shelf(name).bucket;
  }

  putBucket(bucket: StoredBucket): void {
    this.#journal.append({ op: 'bucket', bucket });
    this.#setBucket(bucket);
  }

  deleteBucket(name: string): void {
    if (this.#shelf(name).objects.size > 0)
      throw new StorageError(409, 'conflict', `The bucket you tried to delete is not empty: ${name}`);
    this.#journal.append({ op: 'bucket-gone', name });
    this.#shelves.delete(name);
  }

  /** Object names in the order of lists. */
  names(bucket: string): readonly string[] {
    const shelf = this.#shelf(bucket);
    shelf.order ??= [...shelf.objects.keys()].sort(compareNames);
    return shelf.order;
  }

  findObject(bucket: string, name: string): StoredObject | undefined {
    return this.#shelf(bucket).objects.get(name);
  }

  /** Only the live generation exists: versioning is off. */
  object(bucket: string, name: string, generation?: string | null): StoredObject {
    const object = this.findObject(bucket, name);
    if (!object || (generation && generation !== object.generation)) throw noObject(bucket, name);
    return object;
  }

  /** Makes the staged bytes the live generation; resolves once listeners have taken the events. */
  async put(input: NewObject, condition: Condition): Promise<StoredObject> {
    const { path, bucket, name, fields } = input;
    let old: StoredObject | undefined;
    try {
      old = this.#checked(bucket, name, condition);
    } catch (error) {
      rmSync(path);
      throw error;
    }
    const object = this.#newGeneration(bucket, name, fields);
    renameSync(path, this.blobPath(object));
    const pending = [...this.#changes('deleted', old), ...this.#changes('finalized', object)];
    this.#journal.append({ op: 'object', object, pending });
    this.#setObject(object);
    if (old) this.#dropBlob(old);
    await this.feed.tell(pending);
    return object;
  }

  /** Replaces metadata of the live generation. */
  async update(object: StoredObject): Promise<StoredObject> {
    const updated = {
      ...object,
      metageneration: String(Number(object.metageneration) + 1),
      updated: this.now(),
    };
    const pending = this.#changes('metadataUpdated', updated);
    this.#journal.append({ op: 'object', object: updated, pending });
    this.#setObject(updated);
    await this.feed.tell(pending);
    return updated;
  }

  async delete(object: StoredObject): Promise<void> {
    const { bucket, name } = object;
    const pending = this.#changes('deleted', object);
    this.#journal.append({ op: 'object-gone', bucket, name, pending });
    this.#unsetObject(bucket, name);
    this.#dropBlob(object);
    await this.feed.tell(pending);
  }

  /** Renames within a bucket in one step: a new generation appears as the old name goes. */
  async move(source: StoredObject, name: string, condition: Condition): Promise<StoredObject> {
    const { bucket, blob, ...fields } = source;
    const old = this.#checked(bucket, name, condition);
    const object = { ...this.#newGeneration(bucket, name, fields), blob };
    const gone = old === source ? [] : this.#changes('deleted', old);
    const pending = [...gone, ...this.#changes('finalized', object), ...this.#changes('deleted', source)];
    this.#journal.append({ op: 'moved', from: source.name, object, pending });
    this.#unsetObject(bucket, source.name);
    this.#setObject(object);
    if (old && old !== source) this.#dropBlob(old);
    await this.feed.tell(pending);
    return object;
  }

  #checked(bucket: string, name: string, condition: Condition): StoredObject | undefined {
    const current = this.findObject(bucket, name);
    condition(current && { ...current, etag: etagOf(current) });
    return current;
  }

  #newGeneration(bucket: string, name: string, fields: NewObject['fields']): StoredObject {
    // Microseconds in the service as well; one more than the last where the clock has not moved on, or has gone back.
    this.#generation = Math.max(this.#generation + 1, this.#now() * 1000);
    const generation = String(this.#generation);
    const now = this.now();
    return {
      ...fields,
      blob: generation,
      bucket,
      name,
      generation,
      metageneration: '1',
      timeCreated: now,
      updated: now,
      timeStorageClassUpdated: now,
    };
  }

  /** Without a listener there is nothing to keep. */
  #changes(event: ObjectEvent, object: StoredObject | undefined): PendingChange[] {
    if (!object || !this.feed.heard) return [];
    const change = { event, object: objectResource(object, this.origin), time: this.#now() };
    return [{ seq: ++this.#seq, change }];
  }

  #shelf(name: string): Shelf {
    const shelf = this.#shelves.get(name);
    if (!shelf) throw noBucket();
    return shelf;
  }

  #setBucket(bucket: StoredBucket): void {
    const shelf = this.#shelves.get(bucket.name);
    if (shelf) shelf.bucket = bucket;
    else this.#shelves.set(bucket.name, { bucket, objects: new Map(), order: undefined });
  }

  #setObject(object: StoredObject): void {
    const shelf = this.#shelf(object.bucket);
    if (!shelf.objects.has(object.name)) shelf.order = undefined;
    shelf.objects.set(object.name, object);
  }

  #unsetObject(bucket: string, name: string): void {
    const shelf = this.#shelf(bucket);
    shelf.objects.delete(name);
    shelf.order = undefined;
  }

  /** A download under way keeps its open file. */
  #dropBlob(object: StoredObject): void {
    rmSync(this.blobPath(object), { force: true });
  }

  #replay(record: JournalRecord, pending: Map<number, PendingChange>): void {
    if ('pending' in record) {
      for (const change of record.pending) {
        pending.set(change.seq, change);
        this.#seq = Math.max(this.#seq, change.seq);
      }
    }
    if ('object' in record) {
      this.#generation = Math.max(this.#generation, Number(record.object.generation));
    }
    if (record.op === 'clock') {
      this.#generation = record.generation;
      this.#seq = record.seq;
    } else if (record.op === 'bucket') this.#setBucket(record.bucket);
    else if (record.op === 'bucket-gone') this.#shelves.delete(record.name);
    else if (record.op === 'object-gone') this.#unsetObject(record.bucket, record.name);
    else if (record.op === 'sent') pending.delete(record.seq);
    else if (record.op !== 'pending') {
      if (record.op === 'moved') this.#unsetObject(record.object.bucket, record.from);
      this.#setObject(record.object);
    }
  }

  *#records(pending: readonly PendingChange[]): Generator<JournalRecord> {
    yield { op: 'clock', generation: this.#generation, seq: this.#seq };
    for (const { bucket, objects } of this.#shelves.values()) {
      yield { op: 'bucket', bucket };
      for (const object of objects.values()) yield { op: 'object', object, pending: [] };
    }
    if (pending.length > 0) yield { op: 'pending', pending };
  }

  /** Removes bytes whose record was never written, or was written as gone before the bytes went. */
  #sweep(): void {
    const live = new Set<string>();
    for (const { objects } of this.#shelves.values()) {
      for (const object of objects.values()) live.add(object.blob);
    }
    for (const file of readdirSync(this.#blobs)) {
      if (!live.has(file)) rmSync(join(this.#blobs, file));
    }
  }
}
