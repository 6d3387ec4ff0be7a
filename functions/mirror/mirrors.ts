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

/** The deployed mirrors that a document belongs to. @returns for its path below the database */
export function createMirrors(
  projectId: string,
  now: () => number = Date.now,
): (path: string) => Promise<readonly KeyedMirror[]> {
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

  return async path => {
    if (!known || known.until <= now()) {
      const mirrors = read();
      const reading = { mirrors, until: now() + CURRENT_FOR_MS };
      known = reading;
      mirrors.catch(() => {
        if (known === reading) known = undefined;
      });
    }
    return (await known.mirrors).filter(({ mirror }) => paramsOf(mirror, path) !== undefined);
  };
}
