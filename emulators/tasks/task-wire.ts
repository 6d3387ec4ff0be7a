import { invalidArgument, unimplemented } from '../grpc/errors.ts';
import { millisOf, type WireTime, wireTime } from './times.ts';
import type { Attempt, Task, TaskSpec } from './types.ts';

/** google.cloud.tasks.v2.Task as requests are decoded. */
export interface WireTask {
  readonly name?: string;
  readonly appEngineHttpRequest?: object;
  readonly httpRequest?: WireRequest;
  readonly scheduleTime?: WireTime;
  readonly dispatchDeadline?: WireTime;
}

interface WireRequest {
  readonly url?: string;
  readonly httpMethod?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly oauthToken?: object;
  readonly oidcToken?: { readonly serviceAccountEmail?: string; readonly audience?: string };
}

/** google.cloud.tasks.v2.HttpMethod, by number. */
const METHODS = ['', 'POST', 'GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
/** Cloud Tasks sets these itself, or keeps them for Google. */
const OWN_HEADERS = /^(host|content-length|user-agent|x-google-.*|x-appengine-.*|x-cloudtasks-.*)$/i;

const FULL = 2;
const LONGEST_URL = 2083;
const LARGEST_TASK = 100 * 1024;
const LARGEST_HEADERS = 80 * 1024;
const DEADLINE = { default: 600_000, least: 15_000, most: 1_800_000 };
const FURTHEST_MS = 30 * 24 * 3600_000;

/** What the task is to do. @throws INVALID_ARGUMENT; UNIMPLEMENTED for App Engine and OAuth tokens */
export function specOf(task: WireTask, now: number, named: boolean): TaskSpec {
  if (task.appEngineHttpRequest) throw unimplemented('A task for App Engine (app_engine_http_request)');
  const request = task.httpRequest;
  if (!request) throw invalidArgument('task.http_request is missing: a task says whom to call');
  if (request.oauthToken) throw unimplemented('An OAuth token for a task (oauth_token)');
  const { url = '', headers = {}, body = new Uint8Array(), oidcToken } = request;
  const method = METHODS[request.httpMethod ?? 0] || 'POST';
  checkUrl(url);
  if (body.length > 0 && !WITH_BODY.has(method))
    throw invalidArgument(`task.http_request.body is not allowed with ${method}`);
  const headerBytes = Object.entries(headers).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    0,
  );
  if (headerBytes >= LARGEST_HEADERS)
    throw invalidArgument(
      `task.http_request.headers have ${headerBytes} bytes; expected less than ${LARGEST_HEADERS}`,
    );
  const bytes = body.length + headerBytes + url.length;
  if (bytes > LARGEST_TASK)
    throw invalidArgument(`The task has ${bytes} bytes; expected at most ${LARGEST_TASK}`);
  const deadline = task.dispatchDeadline ? Math.trunc(millisOf(task.dispatchDeadline)) : DEADLINE.default;
  if (deadline < DEADLINE.least || deadline > DEADLINE.most)
    throw invalidArgument(`task.dispatch_deadline is ${deadline / 1000} s; expected 15 s to 30 min`);
  const account = oidcToken?.serviceAccountEmail;
  if (oidcToken && !account)
    throw invalidArgument('task.http_request.oidc_token has no service_account_email');
  const kept = Object.entries(headers).filter(([name]) => !OWN_HEADERS.test(name));
  return {
    url,
    method,
    headers: { ...Object.fromEntries(kept), 'User-Agent': 'Google-Cloud-Tasks' },
    body: Buffer.from(body).toString('base64'),
    ...(account && { oidc: { account, audience: oidcToken.audience || url } }),
    deadline,
    createTime: now,
    named,
  };
}

function checkUrl(url: string): void {
  const sound = /^https?:\/\//i.test(url) && URL.canParse(url);
  if (!sound || new URL(url).href.length > LONGEST_URL) {
    throw invalidArgument(
      `task.http_request.url is '${url.slice(0, 100)}'; expected http:// or https:// and at most ${LONGEST_URL} characters`,
    );
  }
}

/** Times that are past or missing mean now. @throws INVALID_ARGUMENT for more than 30 days ahead */
export function scheduleOf({ scheduleTime }: WireTask, now: number): number {
  const time = scheduleTime ? millisOf(scheduleTime) : now;
  if (time - now > FURTHEST_MS) throw invalidArgument('task.schedule_time is more than 30 days ahead');
  return Math.max(time, now);
}

/** @param view BASIC leaves out the body */
export function taskWire({ name, spec, progress }: Task, view: number | undefined): object {
  const full = view === FULL;
  const { url, method, headers, body, oidc, deadline, createTime } = spec;
  const { scheduleTime, dispatches, responses, first, last } = progress;
  return {
    name,
    httpRequest: {
      url,
      httpMethod: method,
      headers,
      ...(full && body !== '' && { body: Buffer.from(body, 'base64') }),
      ...(oidc && { oidcToken: { serviceAccountEmail: oidc.account, audience: oidc.audience } }),
    },
    scheduleTime: wireTime(scheduleTime),
    createTime: wireTime(Math.floor(createTime / 1000) * 1000),
    dispatchDeadline: wireTime(deadline),
    dispatchCount: dispatches,
    responseCount: responses,
    ...(first !== undefined && { firstAttempt: { dispatchTime: wireTime(first) } }),
    ...(last && { lastAttempt: attemptWire(last) }),
    view: full ? 'FULL' : 'BASIC',
  };
}

function attemptWire({ scheduleTime, dispatchTime, responseTime, status, error }: Attempt): object {
  return {
    scheduleTime: wireTime(scheduleTime),
    dispatchTime: wireTime(dispatchTime),
    ...(responseTime !== undefined && { responseTime: wireTime(responseTime) }),
    ...(error !== undefined && { responseStatus: { code: codeOf(status), message: error } }),
  };
}

/** HTTP status to google.rpc.Code, as its list of codes pairs them; undefined is a missing answer. */
const CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  409: 10,
  429: 8,
  499: 1,
  500: 13,
  501: 12,
  503: 14,
  504: 4,
};

function codeOf(status: number | undefined): number {
  return status === undefined ? 14 : (CODES[status] ?? 2);
}
