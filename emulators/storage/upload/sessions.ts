import { randomBytes } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Checksums } from '../checksums.ts';
import { StorageError } from '../errors.ts';
import type { StoredObject } from '../resources.ts';
import type { Target } from './finish.ts';
import type { SizeRange } from './size-range.ts';

/** What a resumable upload is at. Bytes in the file beyond `received` do not count. */
export interface Session {
  readonly id: string;
  readonly path: string;
  readonly target: Target;
  /** The size announced by X-Upload-Content-Length. */
  readonly announced: number | undefined;
  /** The sizes allowed by x-goog-content-length-range. */
  readonly sizes: SizeRange | undefined;
  received: number;
  checksums: Checksums;
  /** The request that is writing now, and the moment it will have stopped. */
  active: { readonly req: IncomingMessage; readonly ended: Promise<unknown> } | undefined;
}

const WEEK_MS = 7 * 24 * 3600 * 1000;
const MAX_FINISHED = 1000;

/** Sessions live a week and over restarts: a file with what the upload is to become beside a file with its bytes so far. */
export class Sessions {
  readonly #dir: string;
  readonly #open = new Map<string, Promise<Session>>();
  readonly #finished = new Map<string, StoredObject>();

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true });
    for (const file of readdirSync(dir)) {
      const path = join(dir, file);
      if (Date.now() - statSync(path).mtimeMs > WEEK_MS) rmSync(path);
    }
  }

  create(target: Target, announced: number | undefined, sizes?: SizeRange): Session {
    const id = randomBytes(24).toString('base64url');
    const session: Session = {
      id,
      path: this.#path(id, 'part'),
      target,
      announced,
      sizes,
      received: 0,
      checksums: new Checksums(),
      active: undefined,
    };
    writeFileSync(session.path, '');
    writeFileSync(this.#path(id, 'json'), JSON.stringify({ target, announced, sizes }));
    this.#open.set(id, Promise.resolve(session));
    return session;
  }

  /** @throws StorageError 404 */
  find(id: string): Promise<Session> {
    const known = this.#open.get(id);
    if (known) return known;
    // The id becomes a file name: nothing but our own alphabet may pass.
    if (!/^[\w-]+$/.test(id) || !existsSync(this.#path(id, 'json')) || !existsSync(this.#path(id, 'part')))
      throw new StorageError(404, 'notFound', `No such upload session: ${id}`);
    const session = this.#restore(id);
    this.#open.set(id, session);
    return session;
  }

  /** What a session became: repeated to a client whose answer was lost. */
  finished(id: string): StoredObject | undefined {
    return this.#finished.get(id);
  }

  finish(session: Session, object: StoredObject): void {
    this.remove(session);
    this.#finished.set(session.id, object);
    const [oldest] = this.#finished.keys();
    if (this.#finished.size > MAX_FINISHED && oldest !== undefined) this.#finished.delete(oldest);
  }

  remove({ id }: Session): void {
    this.#open.delete(id);
    for (const ending of ['json', 'part'] as const) rmSync(this.#path(id, ending), { force: true });
  }

  /** Checksums cannot be stored half-way: the bytes so far are read again. */
  async #restore(id: string): Promise<Session> {
    const { target, announced, sizes } = JSON.parse(readFileSync(this.#path(id, 'json'), 'utf8')) as Pick<
      Session,
      'target' | 'announced' | 'sizes'
    >;
    const path = this.#path(id, 'part');
    const checksums = new Checksums();
    let received = 0;
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      checksums.update(chunk);
      received += chunk.length;
    }
    return { id, path, target, announced, sizes, received, checksums, active: undefined };
  }

  #path(id: string, ending: 'json' | 'part'): string {
    return join(this.#dir, `${id}.${ending}`);
  }
}
