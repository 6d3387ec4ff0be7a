import { type Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { CAUSE_HEADER } from '../meter/cause.ts';
import { lastOf, queueOf } from './names.ts';
import type { Destination } from './queue.ts';
import type { Task } from './types.ts';

/** What became of one dispatch. `unreachable`: nobody took the connection. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly said: string }
  | { readonly kind: 'silent' | 'unreachable'; readonly error: string };

export interface Dispatch {
  readonly task: Task;
  /** The queue's own target, which goes before the task's URL. */
  readonly target: Destination | undefined;
  readonly agent: Agent;
  readonly signal: AbortSignal;
}

const UNREACHABLE: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EADDRNOTAVAIL']);
const SAID_BYTES = 500;

/** Never rejects: every way to fail is an outcome. */
export function send({ task, target, agent, signal }: Dispatch): Promise<Outcome> {
  const { spec } = task;
  const url = target?.url ?? new URL(spec.url);
  const body = bodyOf(task);
  return new Promise(resolve => {
    const options: RequestOptions = {
      method: spec.method,
      signal,
      headers: {
        ...headersOf(task),
        ...(target?.cause !== undefined && { [CAUSE_HEADER]: target.cause }),
        ...(/^(POST|PUT|PATCH)$/.test(spec.method) && { 'content-length': String(body.length) }),
      },
    };
    const hear = (response: IncomingMessage): void => {
      const text: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        if (size < SAID_BYTES) text.push(chunk);
        size += chunk.length;
      });
      response.on('error', fail);
      response.on('end', () => {
        const said = Buffer.concat(text).toString('utf8', 0, SAID_BYTES).trim();
        done({ kind: 'answered', status: response.statusCode ?? 0, said });
      });
    };
    const outgoing =
      url.protocol === 'https:'
        ? secureRequest(url, options, hear)
        : request(url, { ...options, agent }, hear);
    const timer = setTimeout(() => {
      done({ kind: 'silent', error: `no answer within ${spec.deadline / 1000} s` });
      outgoing.destroy();
    }, spec.deadline);
    outgoing.on('error', fail);
    outgoing.end(body);

    function fail(error: NodeJS.ErrnoException): void {
      const kind = UNREACHABLE.has(error.code ?? '') ? 'unreachable' : 'silent';
      done({ kind, error: error.message });
    }
    function done(outcome: Outcome): void {
      clearTimeout(timer);
      resolve(outcome);
    }
  });
}

export const bodyOf = ({ spec }: Task): Buffer => Buffer.from(spec.body, 'base64');

/** {@link https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler} */
export function headersOf({ name, spec, progress }: Task): Record<string, string> {
  const { dispatches, executions, scheduleTime, last } = progress;
  const { oidc } = spec;
  return {
    ...spec.headers,
    'X-CloudTasks-QueueName': lastOf(queueOf(name)),
    'X-CloudTasks-TaskName': lastOf(name),
    'X-CloudTasks-TaskRetryCount': String(dispatches),
    'X-CloudTasks-TaskExecutionCount': String(executions),
    'X-CloudTasks-TaskETA': (scheduleTime / 1000).toFixed(6),
    ...(last?.status !== undefined && { 'X-CloudTasks-TaskPreviousResponse': String(last.status) }),
    ...(last?.error !== undefined && { 'X-CloudTasks-TaskRetryReason': last.error.replace(/[^ -~]+/g, ' ') }),
    ...(oidc && { Authorization: `Bearer ${token(oidc.account, oidc.audience)}` }),
  };
}

/** Bears the claims of Google's, and no signature: it says who would call, and opens nothing. */
function token(email: string, aud: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: 'https://accounts.google.com', aud, email, email_verified: true, sub: email };
  return `${part({ alg: 'none', typ: 'JWT' })}.${part({ ...claims, iat, exp: iat + 3600 })}.`;
}
