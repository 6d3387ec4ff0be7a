import { http } from '@google-cloud/functions-framework';
import { kindOf, messageOf } from '../errors/errors.ts';
import { clients } from './clients.ts';
import { corsHeaders, isPreflight, readOrigins } from './cors.ts';
import { type Log, logger } from './log.ts';
import { Refusal } from './refusal.ts';
import type { Context } from './step.ts';

/** A request as it came: functions-framework's own parsing of bodies is left aside. */
export interface HttpRequest {
  readonly method: string;
  /** Begins with a slash, without the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body: object;
}

/** Seconds after which a caller may try again what failed here. */
const RETRY_AFTER = '5';

export type RequestHandler = (request: HttpRequest, context: Context) => Promise<HttpAnswer>;

/**
 * Registers a step that HTTP requests wake. A Refusal is answered as it says. What else the handler throws is logged and
 * answered by 503 where trying again can help, else by 500, without a word of what it was: callers are strangers. Pages of
 * the origins in MILLRACE_ORIGINS may call it.
 */
export function onRequest(step: string, handle: RequestHandler): void {
  const log = logger(step);
  const context = Object.assign(Object.create(clients), { step, log, now: () => new Date() }) as Context;
  const origins = readOrigins(process.env['MILLRACE_ORIGINS'] ?? '');
  http(step, async (request, response) => {
    const { method, path, headers, rawBody } = request;
    response.set(corsHeaders(headers, origins));
    if (isPreflight(method, headers)) return void response.status(204).end();
    const asked = { method, path, headers, body: rawBody ?? Buffer.alloc(0) };
    const answer = await handle(asked, context).catch((error: unknown) => failed(error, log));
    response
      .status(answer.status)
      .set(answer.headers ?? {})
      .json(answer.body);
  });
}

function failed(error: unknown, log: Log): HttpAnswer {
  if (error instanceof Refusal)
    return { status: error.status, headers: error.headers, body: { error: error.message } };
  log.error(messageOf(error), { stack_trace: error instanceof Error ? error.stack : undefined });
  return kindOf(error) === 'transient'
    ? {
        status: 503,
        headers: { 'retry-after': RETRY_AFTER },
        body: { error: 'Not now; send it again later.' },
      }
    : { status: 500, body: { error: 'This went wrong here; it is in the log.' } };
}
