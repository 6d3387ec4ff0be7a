import { http } from '@google-cloud/functions-framework';
import { kindOf, messageOf } from '../errors/errors.ts';
import { clients } from './clients.ts';
import { logger } from './log.ts';
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

/**
 * Registers a step that HTTP requests wake. What the handler throws is logged and answered by 503 where trying again can
 * help, else by 500, without a word of what it was: callers are strangers.
 */
export function onRequest(
  step: string,
  handle: (request: HttpRequest, context: Context) => Promise<HttpAnswer>,
): void {
  const log = logger(step);
  const context = Object.assign(Object.create(clients), { step, log, now: () => new Date() }) as Context;
  http(step, async (request, response) => {
    const { method, path, headers, rawBody } = request;
    let answer: HttpAnswer;
    try {
      answer = await handle({ method, path, headers, body: rawBody ?? Buffer.alloc(0) }, context);
    } catch (error) {
      log.error(messageOf(error), { stack_trace: error instanceof Error ? error.stack : undefined });
      const later = kindOf(error) === 'transient';
      answer = {
        status: later ? 503 : 500,
        ...(later && { headers: { 'retry-after': RETRY_AFTER } }),
        body: { error: later ? 'Not now; send it again later.' : 'This went wrong here; it is in the log.' },
      };
    }
    response
      .status(answer.status)
      .set(answer.headers ?? {})
      .json(answer.body);
  });
}
