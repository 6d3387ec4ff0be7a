import { Storage } from '@google-cloud/storage';
import { bucketName } from '../../shared/config/config.ts';
import { idOf } from '../../shared/ids/ids.ts';
import { MIRRORS_OBJECT, type Mirror, paramsOf } from '../../shared/mirrors/mirror.ts';

/** How long an instance may go on with the mirrors it knows before it looks for newer ones. */
const CURRENT_FOR_MS = 10_000;
const NOT_FOUND = 404;

/** A mirror with a key that changes when anything in it does. */
export interface KeyedMirror {
  readonly key: string;
  readonly mirror: Mirror;
}

/** The deployed mirrors. */
export interface Mirrors {
  /** Those that a document belongs to. @param path below the database */
  of(path: string): Promise<readonly KeyedMirror[]>;
  named(name: string): Promise<KeyedMirror | undefined>;
}

export function createMirrors(projectId: string, now: () => number = Date.now): Mirrors {
  const file = new Storage({ projectId }).bucket(bucketName('pipelines', projectId)).file(MIRRORS_OBJECT);
  let known: { readonly mirrors: Promise<readonly KeyedMirror[]>; readonly until: number } | undefined;

  async function read(): Promise<readonly KeyedMirror[]> {
    try {
      const [content] = await file.download();
      const mirrors = JSON.parse(content.toString('utf8')) as readonly Mirror[];
      return mirrors.map(mirror => ({ key: `${mirror.name}@${idOf(JSON.stringify(mirror))}`, mirror }));
    } catch (error) {
      // A deployment from before there were any.
      if ((error as { code?: unknown }).code === NOT_FOUND) return [];
      throw error;
    }
  }

  function current(): Promise<readonly KeyedMirror[]> {
    if (known && known.until > now()) return known.mirrors;
    const mirrors = read();
    const reading = { mirrors, until: now() + CURRENT_FOR_MS };
    known = reading;
    mirrors.catch(() => {
      if (known === reading) known = undefined;
    });
    return mirrors;
  }

  return {
    of: async path => (await current()).filter(({ mirror }) => paramsOf(mirror, path) !== undefined),
    named: async name => (await current()).find(({ mirror }) => mirror.name === name),
  };
}
