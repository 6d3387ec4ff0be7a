/** JSON that keeps numbers as they are written and members in their order, which JSON.parse does not. */
export type JsonValue =
  | null
  | boolean
  | string
  | JsonNumber
  | readonly JsonValue[]
  | ReadonlyMap<string, JsonValue>;

export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORDS: readonly (readonly [string, null | boolean])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
];
const DEEPEST = 500;

/** @throws SyntaxError */
export function parseJson(text: string): JsonValue {
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const fail = (): never => {
    throw new SyntaxError(`no JSON at character ${at}`);
  };
  const take = (symbol: string): boolean => {
    match(SPACE);
    if (text[at] !== symbol) return false;
    at += 1;
    return true;
  };
  const expect = (symbol: string): void => {
    if (!take(symbol)) fail();
  };
  const read = (depth: number): JsonValue => {
    if (depth > DEEPEST) fail();
    if (take('{')) {
      const members = new Map<string, JsonValue>();
      if (take('}')) return members;
      do {
        match(SPACE);
        const name = JSON.parse(match(STRING) ?? fail()) as string;
        expect(':');
        const value = read(depth + 1);
        // Of several members of one name the first counts.
        if (!members.has(name)) members.set(name, value);
      } while (take(','));
      expect('}');
      return members;
    }
    if (take('[')) {
      const items: JsonValue[] = [];
      if (take(']')) return items;
      do items.push(read(depth + 1));
      while (take(','));
      expect(']');
      return items;
    }
    match(SPACE);
    const string = match(STRING);
    if (string !== undefined) return JSON.parse(string) as string;
    const number = match(NUMBER);
    if (number !== undefined) return new JsonNumber(number);
    for (const [word, value] of WORDS) {
      if (!text.startsWith(word, at)) continue;
      at += word.length;
      return value;
    }
    return fail();
  };
  const value = read(0);
  match(SPACE);
  if (at < text.length) fail();
  return value;
}

/** Compact text. `sorted`: members by name, as values of type JSON are kept. */
export function writeJson(value: JsonValue, sorted: boolean): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof JsonNumber) return value.text;
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, JsonValue>)];
    if (sorted) members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${writeJson(member, sorted)}`).join(',')}}`;
  }
  return `[${(value as readonly JsonValue[]).map(item => writeJson(item, sorted)).join(',')}]`;
}

/** The one text of a value of type JSON: compact, members sorted, numbers as a double or an integer of 64 bits has them. @throws SyntaxError */
export function normalizeJson(text: string): string {
  return writeJson(normalizeNumbers(parseJson(text)), true);
}

function normalizeNumbers(value: JsonValue): JsonValue {
  if (value instanceof JsonNumber) return new JsonNumber(normalNumber(value.text));
  if (value instanceof Map) {
    const members = value as ReadonlyMap<string, JsonValue>;
    return new Map([...members].map(([name, member]) => [name, normalizeNumbers(member)]));
  }
  return Array.isArray(value) ? value.map(normalizeNumbers) : value;
}

/** Integers that fit into 64 bits stay; anything else becomes the nearest double. */
function normalNumber(text: string): string {
  if (/^-?\d+$/.test(text)) {
    const integer = BigInt(text);
    if (integer >= -(2n ** 63n) && integer < 2n ** 64n) return text === '-0' ? '0' : text;
  }
  const double = Number(text);
  if (!Number.isFinite(double)) throw new SyntaxError(`no JSON number of 64 bits: ${text}`);
  return Number.isInteger(double) && Math.abs(double) < 1e17 ? `${double}.0` : String(double);
}
