import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CAUSE_HEADER, NOBODY } from '../../meter/cause.ts';
import { BigQueryError, invalid, notFound } from '../errors.ts';

/** A file to be loaded, here on disk. */
export interface Source {
  /** As the client knows it. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

const URI = /^gs:\/\/([^/]+)\/(.+)$/;

/**
 * Fetches the objects that URIs name from Storage's JSON API; `*` stands for any text.
 * @param origin of the API, e.g. http://127.0.0.1:8702
 * @param folder where the files come
 * @throws BigQueryError 404 where a URI names nothing
 */
export async function fetchSources(
  origin: string,
  uris: readonly string[],
  folder: string,
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const uri of uris) {
    const [, bucket, name] = URI.exec(uri) ?? [];
    if (bucket === undefined || name === undefined)
      throw invalid(`Invalid URI: ${uri}: expected gs://BUCKET/OBJECT`, 'sourceUris');
    const names = name.includes('*') ? await matching(origin, bucket, name) : [name];
    if (names.length === 0) throw notFound(`URI ${uri}`);
    for (const one of names) {
      const path = join(folder, String(sources.length));
      const response = await get(`${objectUrl(origin, bucket)}/${encodeURIComponent(one)}?alt=media`);
      if (response.status === 404) throw notFound(`URI gs://${bucket}/${one}`);
      await check(response, uri);
      await pipeline(Readable.fromWeb(response.body! as never), createWriteStream(path));
      sources.push({ name: `gs://${bucket}/${one}`, path, bytes: (await stat(path)).size });
    }
  }
  return sources;
}

const objectUrl = (origin: string, bucket: string): string =>
  `${origin}/storage/v1/b/${encodeURIComponent(bucket)}/o`;

/** Loading is free, and so is what it reads. */
const get = (url: string): Promise<Response> => fetch(url, { headers: { [CAUSE_HEADER]: NOBODY } });

async function check(response: Response, uri: string): Promise<void> {
  if (response.ok) return;
  throw new BigQueryError(
    response.status === 404 ? 404 : 500,
    response.status === 404 ? 'notFound' : 'backendError',
    `Could not read ${uri}: Storage answers ${response.status} ${await response.text()}`,
  );
}

async function matching(origin: string, bucket: string, pattern: string): Promise<string[]> {
  const prefix = pattern.slice(0, pattern.indexOf('*'));
  const parts = pattern.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const matches = new RegExp(`^${parts.join('.*')}$`, 's');
  const names: string[] = [];
  for (let token: string | undefined = ''; token !== undefined; ) {
    const page: string = token === '' ? '' : `&pageToken=${encodeURIComponent(token)}`;
    const response = await get(`${objectUrl(origin, bucket)}?prefix=${encodeURIComponent(prefix)}${page}`);
    await check(response, `gs://${bucket}/${pattern}`);
    const { items = [], nextPageToken } = (await response.json()) as {
      items?: { name: string }[];
      nextPageToken?: string;
    };
    names.push(...items.map(({ name }) => name).filter(name => matches.test(name)));
    token = nextPageToken;
  }
  return names;
}

/** The bytes of a file, unpacked where they are gzip. */
export async function readSource({ path }: Source): Promise<AsyncIterable<Buffer>> {
  const file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
  await file.close();
  const stream = createReadStream(path);
  return buffer[0] === 0x1f && buffer[1] === 0x8b ? stream.pipe(createGunzip()) : stream;
}

/** Lines with their line ends, and the last one as it is. */
export async function* linesOf(source: Source): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of await readSource(source)) {
    rest += decoder.decode(chunk, { stream: true });
    let from = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
      yield rest.slice(from, end + 1);
      from = end + 1;
    }
    rest = rest.slice(from);
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
