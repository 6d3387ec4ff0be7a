import { Storage } from '@google-cloud/storage';
import { bucketName } from '../config/config.ts';
import { PermanentError } from '../errors/errors.ts';
import { nearest } from '../yaml/nearest.ts';
import { isPipelineName, PIPELINE_NAME_EXPECTED } from './name.ts';
import { objectNames } from './objects.ts';
import type { Pipeline } from './pipeline.ts';

/** How long an instance may go on with the version it knows before it looks for a newer one. */
const CURRENT_FOR_MS = 5_000;

export interface PipelineStore {
  /**
   * The pipeline at the version that a batch was stamped with, or today's where it has none yet.
   * @throws PermanentError when there is no such pipeline, naming those there are
   */
  of(name: string, version: string | undefined): Promise<Pipeline>;
  /** Content of a reference file; whoever needs it again keeps what it makes of it. */
  reference(hash: string): Promise<string>;
}

export function createPipelineStore(projectId: string, now: () => number = Date.now): PipelineStore {
  const bucket = new Storage({ projectId }).bucket(bucketName('pipelines', projectId));
  const currents = new Map<string, { readonly version: Promise<string>; readonly until: number }>();
  const compiled = remember((key: string) => {
    const [name = '', version = ''] = key.split('@');
    return readJson<Pipeline>(objectNames.compiled(name, version)).catch(async error => {
      if (!isMissing(error)) throw error;
      await current(name);
      throw new PermanentError(`The pipeline "${name}" has no version ${version}.`);
    });
  });
  async function read(object: string): Promise<Buffer> {
    const [content] = await bucket.file(object).download();
    return content;
  }
  async function readJson<T>(object: string): Promise<T> {
    return JSON.parse((await read(object)).toString('utf8')) as T;
  }
  async function readCurrent(name: string): Promise<string> {
    try {
      return (await readJson<{ version: string }>(objectNames.current(name))).version;
    } catch (error) {
      if (!isMissing(error)) throw error;
      const [files] = await bucket.getFiles({ prefix: 'current/' });
      const names = files.map(file => file.name.slice('current/'.length, -'.json'.length));
      const guess = nearest(name, names);
      throw new PermanentError(
        `There is no pipeline "${name}". There are: ${names.join(', ') || 'none'}.${guess ? ` Did you mean ${guess}?` : ''}`,
      );
    }
  }
  function current(name: string): Promise<string> {
    const known = currents.get(name);
    if (known && known.until > now()) return known.version;
    const version = readCurrent(name);
    currents.set(name, { version, until: now() + CURRENT_FOR_MS });
    version.catch(() => currents.delete(name));
    return version;
  }
  return {
    of: async (name, version) => {
      checkedName(name);
      return compiled(`${name}@${version === undefined ? await current(name) : checkedVersion(version)}`);
    },
    reference: async hash => (await read(objectNames.reference(hash))).toString('utf8'),
  };
}

/** Names and versions come from object names and message attributes: nothing else may reach an object path. */
function checkedName(name: string): string {
  if (isPipelineName(name)) return name;
  throw new PermanentError(
    `"${name.slice(0, 100)}" is no pipeline's name; expected ${PIPELINE_NAME_EXPECTED}.`,
  );
}

function checkedVersion(version: string): string {
  if (/^[0-9a-f]{16}$/.test(version)) return version;
  throw new PermanentError(
    `"${version.slice(0, 100)}" is no pipeline's version; expected 16 hex digits. Leave the attribute out: enrich sets it.`,
  );
}

const isMissing = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 404;

/** Loads each key once; a failure is not remembered. */
function remember<T>(load: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const loaded = new Map<string, Promise<T>>();
  return key => {
    const value = loaded.get(key) ?? load(key);
    if (!loaded.has(key)) {
      loaded.set(key, value);
      value.catch(() => loaded.delete(key));
    }
    return value;
  };
}
