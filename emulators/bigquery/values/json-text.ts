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

const SPACE = ' \t\n\r';
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS: readonly (readonly [string, null | boolean])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
];
const DEEPEST = 500;

/** @throws SyntaxError */
export function parseJson(text: string): JsonValue {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError(`no JSON at character ${at}`);
  };
  const skip = (): void => {
    while (at < text.length && SPACE.includes(text[at]!)) at += 1;
  };
  const take = (symbol: string): boolean => {
    skip();
    if (text[at] !== symbol) return false;
    at += 1;
    return true;
  };
  const expect = (symbol: string): void => {
    if (!take(symbol)) fail();
  };
  // By hand: a pattern gives up on a string of some megabytes.
  const readString = (): string => {
    let end = at + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    try {
      const string = JSON.parse(text.slice(at, end + 1)) as string;
      at = end + 1;
      return string;
    } catch {
      return fail();
    }
  };
  const readNumber = (): JsonNumber | undefined => {
    NUMBER.lastIndex = at;
    const found = NUMBER.exec(text)?.[0];
    if (found === undefined) return undefined;
    at += found.length;
    return new JsonNumber(found);
  };
  const read = (depth: number): JsonValue => {
    if (depth > DEEPEST) fail();
    if (take('{')) {
      const members = new Map<string, JsonValue>();
      if (take('}')) return members;
      do {
        skip();
        const name = text[at] === '"' ? readString() : fail();
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
    skip();
    if (text[at] === '"') return readString();
    const number = readNumber();
    if (number) return number;
    for (const [word, value] of WORDS) {
      if (!text.startsWith(word, at)) continue;
      at += word.length;
      return value;
    }
    return fail();
  };
  const value = read(0);
  skip();
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
