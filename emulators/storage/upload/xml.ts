import { rm } from 'node:fs/promises';
import type { Reply } from '../../http.ts';
import { expectedByHeaders } from '../checksums.ts';
import { invalid, unimplemented } from '../errors.ts';
import { type Call, type Handler, headerValue } from '../http.ts';
import { objectReply } from '../objects.ts';
import type { Json } from '../resources.ts';
import type { ObjectResource } from '../types.ts';
import { finish, type Target, targetOf } from './finish.ts';
import { resume } from './resumable.ts';
import { checkSize, type SizeRange } from './size-range.ts';
import { stage } from './stage.ts';

/** Headers that say of an object what the JSON API has in its resource. */
const FIELDS: Readonly<Record<string, string>> = {
  'cache-control': 'cacheControl',
  'content-disposition': 'contentDisposition',
  'content-encoding': 'contentEncoding',
  'content-language': 'contentLanguage',
  'x-goog-custom-time': 'customTime',
  'x-goog-storage-class': 'storageClass',
};
const META = 'x-goog-meta-';

/** `POST` with `x-goog-resumable: start` ({@link https://cloud.google.com/storage/docs/xml-api/post-object-resumable}). */
export const beginXml: Handler = call => {
  const { req, sessions, origin } = call;
  if (header(call, 'x-goog-resumable') !== 'start')
    throw unimplemented('POST in the XML API but to start an upload');
  if (Number(req.headers['content-length'] ?? 0) > 0)
    throw invalid('The request that starts a resumable upload has no body');
  const target = xmlTarget(call);
  const { id } = sessions.create(target, undefined, sizeRangeOf(call));
  const path = [target.bucket, ...target.name.split('/')].map(encodeURIComponent).join('/');
  return {
    status: 201,
    headers: { location: `${origin}/${path}?upload_id=${id}`, 'x-guploader-uploadid': id },
  };
};

/** `PUT` of a session's next bytes, or of a whole object. */
export const uploadXml: Handler = async call => {
  const reply = call.query.has('upload_id') ? await resume(call) : await put(call);
  return reply?.json === undefined ? reply : { headers: uploadedHeaders(reply.json as ObjectResource) };
};

async function put(call: Call): Promise<Reply> {
  const { req, store, body } = call;
  const target = xmlTarget(call);
  const range = sizeRangeOf(call);
  const staged = await stage(body, store.stagingPath());
  try {
    checkSize(staged.size, range);
  } catch (error) {
    await rm(staged.path);
    throw error;
  }
  return objectReply(await finish(store, target, staged, expectedByHeaders(req.headers)), call);
}

/** What the request's headers make of the object; its preconditions come as headers too. */
function xmlTarget(call: Call): Target {
  const fields = Object.entries(FIELDS).map(([name, field]) => [field, header(call, name)]);
  const custom = Object.keys(call.req.headers)
    .filter(name => name.startsWith(META))
    .map(name => [name.slice(META.length), header(call, name)]);
  const body: Json = {
    ...Object.fromEntries(fields),
    name: call.params['object'],
    metadata: Object.fromEntries(custom),
  };
  const query = new URLSearchParams();
  for (const condition of ['generation', 'metageneration'] as const) {
    const value = header(call, `x-goog-if-${condition}-match`);
    if (value !== undefined)
      query.set(condition === 'generation' ? 'ifGenerationMatch' : 'ifMetagenerationMatch', value);
  }
  return targetOf({ ...call, query }, body, header(call, 'content-type') ?? 'application/octet-stream');
}

/** `x-goog-content-length-range: MIN,MAX`, in bytes. */
function sizeRangeOf(call: Call): SizeRange | undefined {
  const text = header(call, 'x-goog-content-length-range');
  if (text === undefined) return undefined;
  const [, min, max] = /^(\d{1,15}),(\d{1,15})$/.exec(text.replaceAll(' ', '')) ?? [];
  if (min === undefined || Number(max) < Number(min))
    throw invalid(`Invalid x-goog-content-length-range: '${text}': expected MIN,MAX in bytes`);
  return { min: Number(min), max: Number(max) };
}

/** Node hands headers over as Latin-1; they are meant as UTF-8. */
function header({ req }: Call, name: string): string | undefined {
  const value = req.headers[name];
  return value === undefined ? undefined : Buffer.from(String(value), 'latin1').toString();
}

const uploadedHeaders = (object: ObjectResource): Record<string, string> => ({
  etag: `"${headerValue(object.etag)}"`,
  'x-goog-generation': object.generation,
  'x-goog-metageneration': object.metageneration,
  'x-goog-hash': `crc32c=${object.crc32c}${object.md5Hash === undefined ? '' : `,md5=${object.md5Hash}`}`,
  'x-goog-stored-content-length': object.size,
});
