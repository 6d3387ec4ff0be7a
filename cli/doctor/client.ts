import { CommandError, EXIT } from '../command.ts';
import type { Answer } from './answers.ts';
import type { Request } from './requests.ts';

/** How the doctor reaches Google: replaced in tests. */
export interface Access {
  readonly fetch: typeof fetch;
  /** Headers that prove who asks. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
}

export type Ask = (request: Request) => Promise<Answer>;

/** Longer than any of these reads takes. */
const PATIENCE_MS = 30_000;

/** Google's own clients: whose login says of no project that it pays is counted against one of these. */
const LOGIN_CLIENTS = ['projects/764086051850', 'projects/32555940559'];

interface ErrorBody {
  readonly error?: {
    readonly message?: string;
    readonly details?: readonly { readonly reason?: string; readonly metadata?: Record<string, string> }[];
    readonly errors?: readonly { readonly reason?: string }[];
  };
}

/**
 * Asks for one thing, a list over all its pages. That something is not there or may not be seen is an answer too.
 * Throws CommandError (exit 3) when nobody answers or the credentials are not taken.
 */
export function createClient({ fetch, headers }: Access): Ask {
  async function call(request: Request, page: string): Promise<Response> {
    const url = page === '' ? request.url : `${request.url}${separator(request.url)}pageToken=${page}`;
    const { host } = new URL(url);
    const init: RequestInit = request.body
      ? { method: 'POST', body: JSON.stringify(request.body) }
      : { method: 'GET' };
    const sent = { ...(await headers()), 'content-type': 'application/json' };
    try {
      return await fetch(url, { ...init, headers: sent, signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: string };
      throw new CommandError(
        `${host} does not answer (${code ?? (error as Error).message}). Is there a network, and does it let this host through?`,
        EXIT.unreachable,
      );
    }
  }
  return async request => {
    const items: unknown[] = [];
    let page = '';
    do {
      const response = await call(request, page);
      const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
      if (!response.ok) return refusal(response.status, body, request);
      if (request.list === undefined) return { state: 'found', body };
      items.push(...((body[request.list] as unknown[] | undefined) ?? []));
      page = encodeURIComponent(String(body['nextPageToken'] ?? ''));
    } while (page !== '');
    return { state: 'found', body: items };
  };
}

const separator = (url: string): string => (url.includes('?') ? '&' : '?');

function refusal(status: number, { error }: ErrorBody, { permission, url }: Request): Answer {
  const message = error?.message?.split('\n')[0] ?? `HTTP ${status}`;
  if (status === 404) return { state: 'missing' };
  if (status === 401) {
    throw new CommandError(
      `Google does not take these credentials: ${message} Log in again with gcloud auth application-default login.`,
      EXIT.unreachable,
    );
  }
  if (status !== 403)
    return { state: 'failed', message: `${new URL(url).host} answers ${status}: ${message}` };
  const disabled = error?.details?.find(({ reason }) => reason === 'SERVICE_DISABLED');
  if (LOGIN_CLIENTS.includes(disabled?.metadata?.['consumer'] ?? '')) {
    throw new CommandError(
      'These credentials name no project to count requests against. Mend: gcloud auth application-default set-quota-project PROJECT',
      EXIT.unreachable,
    );
  }
  if (disabled || error?.errors?.some(({ reason }) => reason === 'accessNotConfigured')) {
    return { state: 'disabled', service: disabled?.metadata?.['service'] ?? new URL(url).host };
  }
  return { state: 'denied', permission, message };
}
