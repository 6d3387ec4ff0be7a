import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { messageOf, PermanentError } from '../errors/errors.ts';

/** An attribute that says how a message's data is compressed, as HTTP's header of the same name does. */
const ENCODING = 'content-encoding';
const ZSTD = 'zstd';
/** Smaller bodies gain nothing: Pub/Sub bills 1,000 bytes at least. */
const WORTH_BYTES = 4096;
/** Mostly all in one: many small chunks take longer than compressing and decompressing itself. */
const CHUNK_BYTES = 256 * 1024;
/** The lowest level: batches repeat themselves so much that a higher one gains little. */
const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 }, chunkSize: CHUNK_BYTES };
/** No message whose content is larger could have been delivered uncompressed: Eventarc's limit. */
const MAX_CONTENT_BYTES = 512 * 1024;

const LIMITED = { maxOutputLength: MAX_CONTENT_BYTES, chunkSize: CHUNK_BYTES };

interface Message {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * The message with its data compressed where that pays. Pub/Sub bills by the byte, once for publishing and once for each
 * subscription; and every byte is copied, encoded in base64 and parsed several times on its way.
 */
export function compressed<M extends Message>(message: M): M {
  if (message.data.length < WORTH_BYTES) return message;
  const data = zstdCompressSync(message.data, FAST);
  return { ...message, data, attributes: { ...message.attributes, [ENCODING]: ZSTD } };
}

/**
 * The data of a message as its sender had it.
 * @throws PermanentError when it is compressed in another way than by zstd (RFC 8878), broken, or over 512 KiB
 */
export function contentOf({ data, attributes }: Message): Buffer {
  const encoding = attributes[ENCODING];
  if (encoding === undefined) return data;
  if (encoding !== ZSTD) {
    throw new PermanentError(
      `The message has the content-encoding ${JSON.stringify(encoding)}; expected zstd, or none.`,
    );
  }
  try {
    return zstdDecompressSync(data, LIMITED);
  } catch (error) {
    throw new PermanentError(
      `The message's zstd data is broken, or over ${MAX_CONTENT_BYTES} bytes: ${messageOf(error)}`,
    );
  }
}

/** The data as text for people to read; what cannot be decompressed as base64. */
export function textOf(message: Message): string {
  try {
    return contentOf(message).toString('utf8');
  } catch {
    return message.data.toString('base64');
  }
}
