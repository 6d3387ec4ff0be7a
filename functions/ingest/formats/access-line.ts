/** What one line of an access log says; null where the server wrote `-`. */
export interface AccessRecord {
  readonly remote: string;
  readonly ident: string | null;
  readonly user: string | null;
  /** RFC 3339, in the log's own offset. */
  readonly time: string;
  /** Null where the request is no request line; then `path` is all of it. */
  readonly method: string | null;
  readonly path: string | null;
  readonly protocol: string | null;
  readonly status: number;
  /** `1xx` to `5xx`: what statuses are counted by. */
  readonly statusClass: string;
  readonly bytes: number | null;
  readonly referrer: string | null;
  readonly agent: string | null;
}

const QUOTED = String.raw`"((?:[^"\\]|\\.)*)"`;
const TIME = String.raw`\[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)\]`;
/** A user's name may have spaces in it; it is bounded, or a line of nothing but brackets would be searched for ever. */
const COMBINED = new RegExp(
  `^(\\S+) (\\S+) (.{1,256}?) ${TIME} ${QUOTED} ([1-5]\\d\\d) (\\d{1,15}|-) ${QUOTED} ${QUOTED}$`,
);
const REQUEST = /^([A-Za-z]+) (.+?)(?: (HTTP\/[\d.]+))?$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Reads a line of the NCSA combined log format
 * ({@link https://httpd.apache.org/docs/2.4/logs.html#combined}): a record, or what is wrong with the line.
 */
export function readAccessLine(line: string): AccessRecord | string {
  const found = COMBINED.exec(line);
  if (!found) return wrong(line);
  const [, remote, ident, user, day, month, year, clock, hours, minutes, request, status, bytes] = found;
  const time = timeOf(Number(year), MONTHS.indexOf(month!), Number(day), clock!, `${hours}:${minutes}`);
  if (!time) return `"${day}/${month}/${year}:${clock} ${hours}${minutes}" is no time`;
  return {
    remote: remote!,
    ident: known(ident!),
    user: known(user!),
    time,
    ...requestOf(known(request!)),
    status: Number(status),
    statusClass: `${status![0]}xx`,
    bytes: bytes === '-' ? null : Number(bytes),
    referrer: known(found[13]!),
    agent: known(found[14]!),
  };
}

function requestOf(request: string | null): Pick<AccessRecord, 'method' | 'path' | 'protocol'> {
  const [, method = null, path = request, protocol = null] = REQUEST.exec(request ?? '') ?? [];
  return { method, path, protocol };
}

/** Undefined for a day or an hour that there is not: the 31st of February. */
function timeOf(year: number, month: number, day: number, clock: string, offset: string): string | undefined {
  const date = new Date(Date.UTC(year, month, day));
  if (month < 0 || date.getUTCDate() !== day || !/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(clock))
    return undefined;
  return `${String(year).padStart(4, '0')}-${two(month + 1)}-${two(day)}T${clock}${offset}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** What a line must have, from its beginning on. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/^\S+ \S+ .{1,256}? \[/, 'it does not begin with address, identity, user and the time in brackets'],
  [new RegExp(TIME), 'its time is not like [10/Oct/2000:13:55:36 -0700]'],
  [new RegExp(`\\] ${QUOTED}`), 'its request is not enclosed in quotes'],
  [
    new RegExp(`\\] ${QUOTED} [1-5]\\d\\d (\\d{1,15}|-)( |$)`),
    'its request is not followed by status and size',
  ],
];

/** For a person who looks for the place: the first part that is not as expected. */
function wrong(line: string): string {
  const missing = PARTS.find(([part]) => !part.test(line));
  return `not a line of a combined access log: ${missing?.[1] ?? 'it does not end with referrer and agent in quotes'}`;
}

function known(text: string): string | null {
  return text === '-' ? null : unescaped(text);
}

const ESCAPE = /(?:\\x[0-9a-f]{2})+|\\./gi;
const CHARACTERS: Readonly<Record<string, string>> = { b: '\b', n: '\n', r: '\r', t: '\t', v: '\v' };

/**
 * Takes back the escapes that Apache writes: `\"`, `\\`, `\n` and the like, and `\xhh` for other bytes. Bytes that make no
 * UTF-8 together stay as they are written, so that nothing is lost.
 */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(ESCAPE, written => {
    if (!/^\\x/i.test(written) || written.length < 4) return CHARACTERS[written[1]!] ?? written.slice(1);
    try {
      return decodeURIComponent(written.replaceAll(/\\x/gi, '%'));
    } catch {
      return written;
    }
  });
}
