import { Refusal } from '../../shared/step/refusal.ts';

/** What a page asks for. */
export interface Asked {
  readonly pipeline: string;
  /** As the file is called where it comes from. */
  readonly name: string;
  readonly contentType: string;
  /** Exact, in bytes. */
  readonly size: number;
}

/** The object that the upload is to become, and what of it is signed. */
export interface Upload {
  readonly object: string;
  readonly contentType: string;
  /** Of the request that opens the upload, beside its type. */
  readonly headers: Readonly<Record<string, string>>;
}

const MAX_BODY = 10_000;
const MAX_NAME = 255;
const MAX_SHOWN = 80;
const MEDIA_TYPE = /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/;

/** @throws Refusal 400 naming the field, 413 where the file is too large */
export function readAsked(body: Buffer, maxBytes: number): Asked {
  if (body.length > MAX_BODY)
    throw new Refusal(
      413,
      `The body has ${body.length} bytes. This one is to be asked with ${MAX_BODY} at most.`,
    );
  const { pipeline, name, contentType = 'application/octet-stream', size } = parse(body);
  if (typeof pipeline !== 'string') throw wrong('pipeline', pipeline, 'the name of a pipeline');
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME)
    throw wrong('name', name, `a file's name of at most ${MAX_NAME} characters`);
  if (typeof contentType !== 'string' || !MEDIA_TYPE.test(contentType))
    throw wrong('contentType', contentType, 'a media type such as text/csv');
  if (!Number.isSafeInteger(size) || (size as number) < 1)
    throw wrong('size', size, 'the number of bytes, 1 or more');
  if ((size as number) > maxBytes)
    throw new Refusal(413, `The file has ${size} bytes. An upload may have ${maxBytes}.`);
  return { pipeline, name, contentType, size: size as number };
}

/**
 * A new object of its own, below the pipeline and the user: nothing that is there already can be named, nor replaced, since
 * the upload only holds while no object bears the name. The size that was asked for is the only one that is taken.
 */
export function uploadOf({ pipeline, name, contentType, size }: Asked, uid: string, now: Date): Upload {
  const uploader = encodeURIComponent(uid);
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const safe = last.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(-MAX_SHOWN);
  const time = now.toISOString().replaceAll(/[-:.]/g, '');
  return {
    object: `${pipeline}/${uploader}/${time}-${safe}`,
    contentType,
    headers: {
      'x-goog-content-length-range': `${size},${size}`,
      'x-goog-if-generation-match': '0',
      'x-goog-meta-pipeline': pipeline,
      'x-goog-meta-uploader': uploader,
    },
  };
}

function parse(body: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refusal(400, 'The body is not JSON. Expected { pipeline, name, contentType, size }.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new Refusal(400, 'The body is no JSON object. Expected { pipeline, name, contentType, size }.');
}

const wrong = (field: string, value: unknown, expected: string): Refusal =>
  new Refusal(400, `${field} is ${JSON.stringify(value)?.slice(0, 100) ?? 'missing'}. Expected ${expected}.`);
