import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '../journal.ts';
import { Catalogue } from './catalogue.ts';
import { ChangeFeed } from './changes.ts';
import { noBucket, noObject, StorageError } from './errors.ts';
import type { JournalRecord, PendingChange } from './journal.ts';
import type { Condition } from './preconditions.ts';
import { etagOf, objectResource, type StoredBucket, type StoredObject } from './resources.ts';
import type { ObjectEvent } from './types.ts';

/** Fields that the store gives to every new generation. */
type Given = 'generation' | 'metageneration' | 'timeCreated' | 'updated' | 'timeStorageClassUpdated';

/** What a new generation is made of; `path` is a finished file in the staging folder, which the store takes, or removes. */
export interface NewObject {
  readonly path: string;
  readonly bucket: string;
  readonly name: string;
  readonly fields: Omit<StoredObject, Given | 'blob' | 'bucket' | 'name'>;
}

/**
 * Buckets and objects: all metadata in memory and in a journal, bytes in files named by generation. Every change is checked
 * and written within one turn of the event loop, so two writers never both pass the same precondition.
 */
export class Store {
  readonly #catalogue = new Catalogue();
  readonly #journal: Journal<JournalRecord>;
  readonly #blobs: string;
  readonly #staging: string;
  readonly #now: () => number;
  readonly feed: ChangeFeed;
  /** Set once the port is known; links in events begin with it. */
  origin = '';
  #staged = 0;

  constructor(dir: string, now: () => number) {
    this.#now = now;
    this.#blobs = join(dir, 'blobs');
    this.#staging = join(dir, 'staging');
    rmSync(this.#staging, { recursive: true, force: true });
    for (const folder of [this.#blobs, this.#staging]) mkdirSync(folder, { recursive: true });
    this.#journal = new Journal(join(dir, 'journal.ndjson'));
    for (const record of this.#journal.read()) this.#catalogue.apply(record);
    this.#journal.rewrite(this.#catalogue.records());
    this.#sweep();
    this.feed = new ChangeFeed(this.#catalogue.pending, seq => this.#commit({ op: 'sent', seq }));
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

  get buckets(): readonly StoredBucket[] {
    return this.#catalogue.buckets;
  }

  findBucket(name: string): StoredBucket | undefined {
    return this.#catalogue.findBucket(name);
  }

  /** @throws StorageError 404 */
  bucket(name: string): StoredBucket {
    const bucket = this.findBucket(name);
    if (!bucket) throw noBucket();
    return bucket;
  }

  putBucket(bucket: StoredBucket): void {
    this.#commit({ op: 'bucket', bucket });
  }

  deleteBucket(name: string): void {
    if (this.#catalogue.objects(name).size > 0)
      throw new StorageError(409, 'conflict', `The bucket you tried to delete is not empty: ${name}`);
    this.#commit({ op: 'bucket-gone', name });
  }

  /** Object names in the order of lists. */
  names(bucket: string): readonly string[] {
    return this.#catalogue.names(bucket);
  }

  findObject(bucket: string, name: string): StoredObject | undefined {
    return this.#catalogue.objects(bucket).get(name);
  }

  /** Only the live generation exists: versioning is off. @throws StorageError 404 */
  object(bucket: string, name: string, generation?: string | null): StoredObject {
    const object = this.findObject(bucket, name);
    if (!object || (generation && generation !== object.generation)) throw noObject(bucket, name);
    return object;
  }

  /** Makes the staged bytes the live generation; resolves once listeners have taken the events. */
  async put({ path, bucket, name, fields }: NewObject, condition: Condition): Promise<StoredObject> {
    let old: StoredObject | undefined;
    try {
      old = this.#checked(bucket, name, condition);
    } catch (error) {
      rmSync(path);
      throw error;
    }
    const given = this.#given();
    const object = { ...fields, ...given, blob: given.generation, bucket, name };
    renameSync(path, this.blobPath(object));
    const pending = this.#changes(['deleted', old], ['finalized', object]);
    this.#commit({ op: 'object', object, pending });
    if (old) this.#dropBlob(old);
    await this.feed.tell(pending);
    return object;
  }

  /** Replaces metadata of the live generation. */
  async update(object: StoredObject): Promise<StoredObject> {
    const metageneration = String(Number(object.metageneration) + 1);
    const updated = { ...object, metageneration, updated: this.now() };
    const pending = this.#changes(['metadataUpdated', updated]);
    this.#commit({ op: 'object', object: updated, pending });
    await this.feed.tell(pending);
    return updated;
  }

  async delete(object: StoredObject): Promise<void> {
    const { bucket, name } = object;
    const pending = this.#changes(['deleted', object]);
    this.#commit({ op: 'object-gone', bucket, name, pending });
    this.#dropBlob(object);
    await this.feed.tell(pending);
  }

  /** Renames within a bucket in one step: a new generation appears as the old name goes. */
  async move(source: StoredObject, name: string, condition: Condition): Promise<StoredObject> {
    const old = this.#checked(source.bucket, name, condition);
    const object = { ...source, ...this.#given(), name };
    const pending = this.#changes(['deleted', old], ['finalized', object], ['deleted', source]);
    this.#commit({ op: 'moved', from: source.name, object, pending });
    if (old) this.#dropBlob(old);
    await this.feed.tell(pending);
    return object;
  }

  /** On disk first, then visible. */
  #commit(record: JournalRecord): void {
    this.#journal.append(record);
    this.#catalogue.apply(record);
  }

  #checked(bucket: string, name: string, condition: Condition): StoredObject | undefined {
    const current = this.findObject(bucket, name);
    condition(current && { ...current, etag: etagOf(current) });
    return current;
  }

  #given(): Pick<StoredObject, Given> {
    // Microseconds in the service as well; one more than the last where the clock has not moved on, or has gone back.
    const generation = String(Math.max(this.#catalogue.generation + 1, this.#now() * 1000));
    const now = this.now();
    return { generation, metageneration: '1', timeCreated: now, updated: now, timeStorageClassUpdated: now };
  }

  /** Without a listener there is nothing to keep. */
  #changes(...events: readonly (readonly [ObjectEvent, StoredObject | undefined])[]): PendingChange[] {
    if (!this.feed.heard) return [];
    const time = this.#now();
    return events
      .flatMap(([event, object]) =>
        object ? [{ event, object: objectResource(object, this.origin), time }] : [],
      )
      .map((change, at) => ({ seq: this.#catalogue.seq + 1 + at, change }));
  }

  /** A download under way keeps its open file. */
  #dropBlob(object: StoredObject): void {
    rmSync(this.blobPath(object), { force: true });
  }

  /** Removes bytes whose record was never written, or was written as gone before the bytes went. */
  #sweep(): void {
    const live = new Set<string>();
    for (const { name } of this.buckets) {
      for (const { blob } of this.#catalogue.objects(name).values()) live.add(blob);
    }
    for (const file of readdirSync(this.#blobs)) {
      if (!live.has(file)) rmSync(join(this.#blobs, file));
    }
  }
}
