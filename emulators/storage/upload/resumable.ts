import { open } from 'node:fs/promises';
import type { Reply } from '../../http.ts';
import { expectedByHeaders } from '../checksums.ts';
import { invalid, required, StorageError } from '../errors.ts';
import { type Call, type Handler, readJson } from '../http.ts';
import { objectReply } from '../objects.ts';
import { type ContentRange, parseContentRange } from './content-range.ts';
import { finish, targetOf } from './finish.ts';
import type { Session } from './sessions.ts';
import { checkLimit, checkSize } from './size-range.ts';
import { gather } from './stage.ts';

/** All chunks but the last are stored in multiples of this. */
const CHUNK_BYTES = 256 * 1024;

/** Opens a session ({@link https://cloud.google.com/storage/docs/resumable-uploads}); its address is in Location. */
export async function begin(call: Call): Promise<Reply> {
  const { req, sessions, origin } = call;
  const body = await readJson(call.body);
  const header = (name: string): string | undefined => req.headers[name] as string | undefined;
  const target = targetOf(call, body, header('x-upload-content-type'));
  const length = header('x-upload-content-length');
  if (length !== undefined && !/^\d+$/.test(length))
    throw invalid(`Invalid X-Upload-Content-Length: '${length}': expected a number of bytes`);
  const { id } = sessions.create(target, length === undefined ? undefined : Number(length));
  const query = new URLSearchParams({ uploadType: 'resumable', name: target.name, upload_id: id });
  return {
    headers: {
      location: `${origin}/upload/storage/v1/b/${target.bucket}/o?${query}`,
      'x-guploader-uploadid': id,
    },
  };
}

/** Takes the next bytes, or says how far the upload is. */
export const resume: Handler = async call => {
  const { req, sessions } = call;
  const id = sessionId(call);
  const range = parseContentRange(req.headers['content-range']);
  if (sessions.finished(id)) return repeat(call, id);
  const session = await sessions.find(id);
  return alone(session, req, async () => {
    // Whoever had the session before may have finished it.
    if (sessions.finished(id)) return repeat(call, id);
    const complete =
      range.kind === 'status'
        ? range.total !== undefined && range.total === session.received
        : await receive(session, range, call.body);
    return complete ? conclude(call, session) : progress(call, session);
  });
};

/** A cancelled session is forgotten; the service's answer is 499. */
export const cancel: Handler = async call => {
  const session = await call.sessions.find(sessionId(call));
  return alone(session, call.req, async () => {
    call.sessions.remove(session);
    return { status: 499 };
  });
};

function sessionId({ query }: Call): string {
  const id = query.get('upload_id');
  if (!id) throw required('upload_id');
  return id;
}

/**
 * One request at a time has a session. A newer one wins: the older one's connection is broken as far as its client knows, though
 * this side may not have heard of it yet.
 */
async function alone<T>(session: Session, req: Call['req'], work: () => Promise<T>): Promise<T> {
  while (session.active) {
    session.active.req.destroy();
    await session.active.ended;
  }
  const result = work();
  session.active = { req, ended: result.catch(() => {}) };
  try {
    return await result;
  } finally {
    session.active = undefined;
  }
}

/** Stores what the body brings, as far as it comes; true when that was all. */
async function receive(
  session: Session,
  { start, end, total }: Extract<ContentRange, { kind: 'bytes' }>,
  body: AsyncIterable<Buffer>,
): Promise<boolean> {
  if (start > session.received)
    throw invalid(
      `Invalid request. According to the Content-Range header, the upload offset is ${start} byte(s), which exceeds already uploaded size of ${session.received} byte(s).`,
    );
  checkLimit(total ?? end ?? start, session.sizes);
  const last = end === undefined ? total === undefined : end === total;
  if (!last && end !== undefined && end - start < CHUNK_BYTES)
    throw invalid(
      `Invalid request. A chunk that is not the last needs at least ${CHUNK_BYTES} bytes, better a multiple of that. This one says ${end - start}.`,
    );
  const limit = end ?? total ?? Number.POSITIVE_INFINITY;
  // Of a chunk in the middle the service keeps whole multiples only; the client reads in Range what to send again.
  const keep = last || end === undefined ? limit : end - (end % CHUNK_BYTES);
  const file = await open(session.path, 'r+');
  let at = start;
  try {
    await file.truncate(session.received);
    for await (const chunks of gather(body)) {
      for (const chunk of chunks) {
        const fresh = chunk.subarray(Math.max(0, session.received - at), Math.max(0, keep - at));
        at += chunk.length;
        if (at > limit)
          throw invalid(`The body is longer than its Content-Range says (${limit - start} bytes)`);
        if (fresh.length === 0) continue;
        await file.write(fresh, 0, fresh.length, session.received);
        session.checksums.update(fresh);
        session.received += fresh.length;
        checkLimit(session.received, session.sizes);
      }
    }
  } finally {
    await file.close();
  }
  return last ? end === undefined || session.received === end : total === session.received;
}

async function conclude(call: Call, session: Session): Promise<Reply> {
  const { sessions, store, req } = call;
  const { target, announced, received, path, checksums, sizes } = session;
  if (announced !== undefined && announced !== received) {
    sessions.remove(session);
    throw invalid(`Received ${received} bytes where X-Upload-Content-Length announced ${announced}`);
  }
  try {
    checkSize(received, sizes);
    const staged = { path, size: received, digests: checksums.digests() };
    const object = await finish(store, target, staged, expectedByHeaders(req.headers));
    sessions.finish(session, object);
    return objectReply(object, call);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    // Stored, but not announced: the client's next try is answered once that is made up for.
    if (error.code === 503) sessions.finish(session, store.object(target.bucket, target.name));
    // Otherwise nothing can mend these bytes: the client has to begin anew.
    else sessions.remove(session);
    throw error;
  }
}

/** The answer that the client has lost. */
async function repeat(call: Call, id: string): Promise<Reply> {
  await call.store.feed.settle();
  return objectReply(call.sessions.finished(id)!, call);
}

/** 308, or for clients behind something that follows redirects 200 with the code in a header. */
function progress({ req }: Call, { received }: Session): Reply {
  const hidden = req.headers['x-guploader-no-308'] !== undefined;
  return {
    status: hidden ? 200 : 308,
    headers: {
      ...(hidden && { 'x-http-status-code-override': '308' }),
      ...(received > 0 && { range: `bytes=0-${received - 1}` }),
    },
  };
}
