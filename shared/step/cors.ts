/** Origins whose pages may call a step. */
export type Origins = ReadonlySet<string>;

/** Seconds for which a browser need not ask again. */
const MAX_AGE = '3600';

/**
 * Reads `https://console.example, …`; none where the text is empty: what no page is to call, no page can.
 * @throws Error naming the entry that is no origin
 */
export function readOrigins(text: string): Origins {
  const entries = text.split(',').flatMap(entry => (entry.trim() === '' ? [] : [entry.trim()]));
  for (const entry of entries) {
    if (URL.canParse(entry) && new URL(entry).origin === entry) continue;
    throw new Error(
      `MILLRACE_ORIGINS: "${entry}" is no origin; expected one such as https://console.example`,
    );
  }
  return new Set(entries);
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Whether a browser asks before it sends the request itself ({@link https://fetch.spec.whatwg.org/#cors-preflight-fetch}). */
export const isPreflight = (method: string, headers: Headers): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;

/** What lets a page read the answer; nothing for a page of another origin, which the browser then refuses it. */
export function corsHeaders(headers: Headers, origins: Origins): Record<string, string> {
  const vary = { vary: 'origin' };
  const { origin } = headers;
  if (typeof origin !== 'string' || !origins.has(origin)) return vary;
  return {
    ...vary,
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': String(headers['access-control-request-headers'] ?? ''),
    'access-control-expose-headers': 'retry-after',
    'access-control-max-age': MAX_AGE,
  };
}
