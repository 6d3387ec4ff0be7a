import { readAccessLine } from './access-line.ts';
import { type Head, headOf, isObjectText } from './head.ts';
import { FormatError, type StreamFormat } from './item.ts';
import { whatItIs } from './refuse.ts';
import { CLOSE_OBJECT, COLON, OPEN_OBJECT, Scanner } from './scanner.ts';
import { CSV_SNIFFER } from './sniff-csv.ts';

export interface Sniffed {
  readonly format: StreamFormat;
  /** CSV and TSV: what stands between the columns. */
  readonly delimiter?: string;
}

export type Sniffer = (head: Head) => Sniffed | undefined;

const ACCEPTED =
  'NDJSON, a JSON array, a GeoJSON FeatureCollection, a JSON object, CSV or TSV with a header row, ' +
  'access logs in the combined format, in UTF-8, each plain or gzipped, and Parquet';

/** Asked in this order: a damaged line must not make a file of many good lines look like something else. */
const SNIFFERS: readonly Sniffer[] = [
  head => (head.whole && head.trimmed === '' ? { format: 'empty' } : undefined),
  head => (isFeatureCollection(head) ? { format: 'geojson' } : undefined),
  head => (isNdjson(head) ? { format: 'ndjson' } : undefined),
  head => (isAccessLog(head) ? { format: 'access-log' } : undefined),
  head => (ARRAY_START.test(head.trimmed) ? { format: 'json-array' } : undefined),
  head => (OBJECT_START.test(head.trimmed) ? { format: 'json' } : undefined),
  CSV_SNIFFER,
];

/** A bracket and an element, not the bracketed time that log lines begin with. */
const ARRAY_START = /^\[[ \t\r\n]*(?:$|[{[\]"]|(?:-?\d+(?:\.\d+)?|true|false|null)[ \t\r\n]*,)/;
const OBJECT_START = /^\{[ \t\r\n]*(?:$|["}])/;

/** Recognises the format by content alone. @throws {FormatError} none of those accepted: says what was seen */
export function sniff(bytes: Buffer, whole: boolean): Sniffed {
  const head = headOf(bytes, whole);
  for (const sniffer of SNIFFERS) {
    const found = sniffer(head);
    if (found !== undefined) return found;
  }
  throw new FormatError(`${whatItIs(head)}; accepted are ${ACCEPTED}`);
}

/** At least half of the lines are JSON objects; or the only line is too long to tell, or is meant to be one. */
function isNdjson({ lines, objects, trimmed, whole }: Head): boolean {
  if (lines.length === 0) return OBJECT_START.test(trimmed) && !whole;
  const first = lines[0]!.trim();
  const closed = first.endsWith('}');
  if (objects > 0 && objects * 2 >= lines.length)
    return !first.startsWith('[') || closed || objects * 2 > lines.length;
  return OBJECT_START.test(first) && closed && !(whole && isObjectText(trimmed));
}

/** At least half of the lines are requests. */
function isAccessLog({ lines }: Head): boolean {
  const requests = lines.filter(line => typeof readAccessLine(line.trimEnd()) !== 'string');
  return requests.length > 0 && requests.length * 2 >= lines.length;
}

/** An object that says so, or has a list of features, unless it is one line of several. */
function isFeatureCollection(head: Head): boolean {
  if (!OBJECT_START.test(head.trimmed)) return false;
  const oneOfMany =
    head.lines.length > 0 && isObjectText(head.lines[0]!) && !(head.whole && head.lines.length === 1);
  if (oneOfMany) return false;
  for (const [name, value] of members(head.bytes)) {
    if (name === '"type"') return value === '"FeatureCollection"';
    if (name === '"features"' && FEATURES_START.test(value)) return true;
  }
  return false;
}

const FEATURES_START = /^\[\s*\{[^[]*"type"\s*:\s*"Feature"/;

/** The members of the object at the beginning, as far as the bytes go. */
function* members(bytes: Buffer): Generator<[name: string, value: string]> {
  let at = bytes.indexOf(OPEN_OBJECT) + 1;
  const scanner = new Scanner();
  const next = (colon: boolean): string => {
    scanner.reset();
    const found = scanner.find(bytes, at, CLOSE_OBJECT, colon);
    const end = found < 0 ? bytes.length : found;
    const text = bytes.toString('utf8', at, end).trim();
    at = end + 1;
    return text;
  };
  while (at < bytes.length) {
    const name = next(true);
    if (bytes[at - 1] !== COLON) return;
    yield [name, next(false)];
    if (bytes[at - 1] === CLOSE_OBJECT) return;
  }
}
