/**
 * How WebChannel cuts a response into pieces: the length in UTF-16 code units, a line break, the JSON. Nothing stands
 * between two of them, and they need not coincide with HTTP's chunks.
 */
export const frame = (json: string): string => `${json.length}\n${json}`;

const DATA = /^req(\d+)___data__$/;

export interface Forwarded {
  /** Headers that a browser does not send itself, so that it need not ask for leave first; names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Position of the first message in the session. */
  readonly offset: number;
  readonly messages: readonly string[];
}

/** The form that carries messages of the client: `headers=…&count=2&ofs=0&req0___data__=…&req1___data__=…`. */
export function parseForwarded(body: string): Forwarded {
  const form = new URLSearchParams(body);
  const messages: string[] = [];
  for (const [key, value] of form) {
    const match = DATA.exec(key);
    if (match) messages[Number(match[1])] = value;
  }
  return {
    headers: parseHeaders(form.get('headers') ?? ''),
    offset: Number(form.get('ofs') ?? 0),
    messages: messages.slice(0, Number(form.get('count') ?? 0)),
  };
}

function parseHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}
