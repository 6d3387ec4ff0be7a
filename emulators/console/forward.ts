import type { IncomingMessage } from 'node:http';
import { readBody } from '../http.ts';

/** More than the step itself takes. */
const MOST = 64 * 1024;

export interface Forwarded {
  readonly status: number;
  readonly body: string;
}

const said = (status: number, error: string): Forwarded => ({ status, body: JSON.stringify({ error }) });

/**
 * Hands a page's request on to a step, as a rewrite of Firebase Hosting does: to the page it is its own origin.
 *
 * @param step where it answers; undefined while it is starting
 */
export async function forward(request: IncomingMessage, step: URL | undefined): Promise<Forwarded> {
  if (request.method !== 'POST') return said(405, 'An upload is asked for by POST.');
  if (!step) return said(503, 'The step upload-url is still starting. Drop the file again in some seconds.');
  const body = await readBody(request, MOST);
  if (!body) return said(413, `The request has more than ${MOST} bytes.`);
  const { authorization, 'content-type': type = 'application/json' } = request.headers;
  const answer = await fetch(step, {
    method: 'POST',
    headers: { 'content-type': type, ...(authorization !== undefined && { authorization }) },
    body: new Uint8Array(body),
  });
  return { status: answer.status, body: await answer.text() };
}
