import { invalid } from '../errors.ts';

const MAX_HEAD_BYTES = 2 ** 20;
const NEWLINE = 0x0a;

export interface Multipart {
  /** The first part: the object resource as JSON text. */
  readonly metadata: string;
  /** Of the second part. */
  readonly contentType: string | undefined;
  /** The second part's bytes; ends with an error when the closing boundary never comes. */
  readonly media: AsyncIterable<Buffer>;
}

/** The boundary of a `multipart/related` content type. */
export function boundaryOf(contentType: string | undefined): string {
  const parts = /^multipart\/related\s*;.*?\bboundary=(?:"([^"]+)"|([^\s;]+))/is.exec(contentType ?? '');
  const boundary = parts?.[1] ?? parts?.[2];
  if (!boundary)
    throw invalid(
      `Invalid multipart content type '${contentType ?? ''}': expected multipart/related; boundary=…`,
    );
  return boundary.replace(/^'(.*)'$/, '$1');
}

/** Takes a two-part body apart as it streams ({@link https://www.rfc-editor.org/rfc/rfc2387}); lines end in CRLF or LF. */
export async function parseMultipart(source: AsyncIterable<Buffer>, boundary: string): Promise<Multipart> {
  const input = source[Symbol.asyncIterator]();
  let buffer = Buffer.alloc(0);

  /** Reads until `found` says where; what comes before the media is small. */
  async function until(found: (bytes: Buffer) => number, what: string): Promise<number> {
    for (;;) {
      const at = found(buffer);
      if (at >= 0) return at;
      if (buffer.length > MAX_HEAD_BYTES)
        throw invalid(`Malformed multipart body: ${what} not found within ${MAX_HEAD_BYTES} bytes`);
      const { value, done } = await input.next();
      if (done) throw invalid(`Malformed multipart body: it ended before ${what}`);
      buffer = Buffer.concat([buffer, value]);
    }
  }

  async function headers(newline: string): Promise<string> {
    const at = await until(bytes => endOfHeaders(bytes, newline), 'the end of the part headers');
    const head = buffer.subarray(0, at).toString('latin1');
    buffer = buffer.subarray(at);
    return head;
  }

  const opening = `--${boundary}`;
  const start = await until(bytes => bytes.indexOf(opening), 'the first boundary');
  const line = await until(bytes => bytes.indexOf(NEWLINE, start), 'the line break after the first boundary');
  const newline = buffer[line - 1] === 0x0d ? '\r\n' : '\n';
  buffer = buffer.subarray(line + 1);
  await headers(newline);
  const delimiter = Buffer.from(`${newline}${opening}`);
  const end = await until(bytes => bytes.indexOf(delimiter), 'the boundary after the metadata');
  const metadata = buffer.subarray(0, end).toString();
  buffer = buffer.subarray(end + delimiter.length);
  const next = await until(bytes => bytes.indexOf(NEWLINE), 'the line break after the second boundary');
  buffer = buffer.subarray(next + 1);
  const contentType = /^content-type:[ \t]*(.*?)[ \t]*\r?$/im.exec(await headers(newline))?.[1];
  return { metadata, contentType, media: media(buffer, input, delimiter) };
}

/** Index just after the empty line; there may be no headers before it. */
function endOfHeaders(bytes: Buffer, newline: string): number {
  // Too early to tell an empty line from the beginning of a header.
  if (bytes.length < newline.length) return -1;
  if (bytes.subarray(0, newline.length).toString() === newline) return newline.length;
  const at = bytes.indexOf(newline + newline);
  return at < 0 ? -1 : at + 2 * newline.length;
}

async function* media(
  first: Buffer,
  input: AsyncIterator<Buffer>,
  delimiter: Buffer,
): AsyncGenerator<Buffer> {
  // The end of one chunk may be the beginning of the delimiter: that much waits for the next.
  const keep = delimiter.length - 1;
  let held = first;
  for (;;) {
    const at = held.indexOf(delimiter);
    if (at >= 0) {
      if (at > 0) yield held.subarray(0, at);
      // What follows the closing boundary is read, so that the connection stays in step, and is not looked at.
      while (!(await input.next()).done);
      return;
    }
    const { value, done } = await input.next();
    if (done) throw invalid('Malformed multipart body: it ended before the closing boundary');
    const sure = held.length - keep;
    if (sure > 0) {
      yield held.subarray(0, sure);
      held = held.subarray(sure);
    }
    held = Buffer.concat([held, value]);
  }
}
