import { type Cutter, FormatError, type Item, type Limits, type Phase, type Position } from './item.ts';
import {
  EXCERPT_BYTES,
  excerptOf,
  isBlank,
  isBlankByte,
  isClean,
  jsonItem,
  keepAtMost,
  reject,
  tooLong,
} from './record.ts';
import { CLOSE_LIST, CLOSE_OBJECT, COLON, COMMA, OPEN_LIST, OPEN_OBJECT, Scanner } from './scanner.ts';

/** The elements of a JSON array, in any layout. */
export const jsonArrayCutter = (limits: Limits, from: Position): Cutter =>
  new ListCutter(limits, from, { opens: OPEN_LIST, first: 'first-element', last: 'after', name: 'array' });

/** The features of a GeoJSON FeatureCollection (RFC 7946); its other members, before and after, are passed over. */
export const geojsonCutter = (limits: Limits, from: Position): Cutter =>
  new ListCutter(limits, from, {
    opens: OPEN_OBJECT,
    first: 'member',
    last: 'after-features',
    name: 'FeatureCollection',
  });

interface Frame {
  readonly opens: number;
  /** What comes after the opening bracket, and after the last element. */
  readonly first: Phase;
  readonly last: Phase;
  readonly name: string;
}

class ListCutter implements Cutter {
  readonly #limits: Limits;
  readonly #frame: Frame;
  #phase: Phase;
  #offset: number;
  #line: number;
  #sawFeatures: boolean;
  /** Of the value at #offset: how far it has been scanned, and how much of it was consumed because it is not kept. */
  readonly #scanner = new Scanner();
  #passed = 0;
  #excerpt = '';

  constructor(limits: Limits, from: Position, frame: Frame) {
    this.#limits = limits;
    this.#frame = frame;
    this.#phase = from.phase ?? 'start';
    this.#offset = from.offset;
    this.#line = from.line;
    this.#sawFeatures = this.#phase !== 'start' || frame.name === 'array';
  }

  position(): Position {
    return { offset: this.#offset, line: this.#line, phase: this.#phase };
  }

  cut(bytes: Buffer, last: boolean, out: Item[], room: number): number {
    const clean = isClean(bytes, wholeCharacters(bytes));
    let at = 0;
    while (out.length < room) {
      if (this.#scanner.seen === 0) at = this.#passBlanks(bytes, at);
      if (at >= bytes.length && !(last && this.#scanner.seen > 0)) break;
      const next = this.#step(bytes, at, last, out, clean);
      if (next === undefined) {
        if (last) throw this.#cutOff();
        return this.#passed > 0 ? bytes.length : at;
      }
      at = next;
    }
    if (last && at >= bytes.length) this.#finish();
    return at;
  }

  /** One token or value at `at`. Returns the place after it; undefined: its end is not among these bytes. */
  #step(bytes: Buffer, at: number, last: boolean, out: Item[], clean: boolean): number | undefined {
    switch (this.#phase) {
      case 'start':
        return this.#expect(bytes, at, { [this.#frame.opens]: this.#frame.first });
      case 'after-features':
        return this.#expect(bytes, at, { [COMMA]: 'member', [CLOSE_OBJECT]: 'after' });
      case 'features-value':
        if (bytes[at] !== OPEN_LIST) {
          this.#phase = 'other-value';
          return at;
        }
        this.#sawFeatures = true;
        return this.#expect(bytes, at, { [OPEN_LIST]: 'first-element' });
      case 'member':
        return this.#member(bytes, at);
      case 'other-value':
        return this.#otherValue(bytes, at);
      case 'first-element':
      case 'next-element':
        return this.#element(bytes, at, out, clean);
      case 'after':
        return this.#trailing(bytes, at, last, out, clean);
      case 'drained':
        this.#offset += bytes.length - at;
        return bytes.length;
    }
  }

  #element(bytes: Buffer, at: number, out: Item[], clean: boolean): number | undefined {
    const end = this.#find(bytes, at, CLOSE_LIST, false, true);
    if (end === undefined) return undefined;
    const place = { start: at, line: this.#line, offset: this.#offset, clean };
    const length = this.#scanner.seen;
    let stop = end;
    while (stop > at && isBlankByte(bytes[stop - 1])) stop--;
    const endsList = bytes[end] === CLOSE_LIST;
    if (this.#passed > 0) {
      const { line, offset } = place;
      out.push({ kind: 'reject', reason: tooLong(this.#limits), line, offset, excerpt: this.#excerpt });
    } else if (length > this.#limits.maxRecordBytes) {
      out.push(reject(bytes, { ...place, end }, tooLong(this.#limits)));
    } else if (stop > at) {
      out.push(jsonItem(bytes, { ...place, end: stop }, this.#limits));
    } else if (!endsList || this.#phase === 'next-element') {
      const found = `expected a JSON object, found nothing before "${endsList ? ']' : ','}"`;
      out.push(reject(bytes, { ...place, end: end + 1 }, found));
    }
    return this.#advance(end, endsList ? this.#frame.last : 'next-element');
  }

  #member(bytes: Buffer, at: number): number | undefined {
    const end = this.#find(bytes, at, CLOSE_OBJECT, true, true);
    if (end === undefined) return undefined;
    if (bytes[end] === CLOSE_OBJECT && isBlank(bytes, at, end)) return this.#advance(end, 'after');
    if (bytes[end] !== COLON) throw this.#malformed('expected a member name and ":"');
    const name = this.#passed > 0 ? '' : bytes.toString('utf8', at, end).trim();
    return this.#advance(end, name === '"features"' ? 'features-value' : 'other-value');
  }

  #otherValue(bytes: Buffer, at: number): number | undefined {
    const end = this.#find(bytes, at, CLOSE_OBJECT, false, false);
    if (end === undefined) return undefined;
    return this.#advance(end, bytes[end] === COMMA ? 'member' : 'after');
  }

  #trailing(bytes: Buffer, at: number, last: boolean, out: Item[], clean: boolean): number | undefined {
    // Enough for the excerpt, whatever comes at a time.
    if (!last && bytes.length - at <= EXCERPT_BYTES) return undefined;
    const span = { start: at, end: bytes.length, line: this.#line, offset: this.#offset, clean };
    out.push(reject(bytes, span, `content after the end of the ${this.#frame.name}`));
    this.#phase = 'drained';
    return at;
  }

  /** A single byte, and the phase that each allowed one leads to. */
  #expect(bytes: Buffer, at: number, allowed: Readonly<Record<number, Phase>>): number {
    const phase = allowed[bytes[at]!];
    if (phase === undefined) {
      const names = Object.keys(allowed).map(code => `"${String.fromCharCode(Number(code))}"`);
      throw this.#malformed(`expected ${names.join(' or ')}`);
    }
    this.#offset++;
    this.#phase = phase;
    return at + 1;
  }

  /** The end of the value at `at`. What is not to be kept, or too long to be, counts as passed. */
  #find(bytes: Buffer, at: number, close: number, colon: boolean, keep: boolean): number | undefined {
    const from = at + this.#scanner.seen - this.#passed;
    const end = this.#scanner.find(bytes, from, close, colon);
    if (end >= 0) return end;
    if (!keep || this.#scanner.seen > keepAtMost(this.#limits)) {
      if (this.#passed === 0) this.#excerpt = excerptOf(bytes, at, bytes.length);
      this.#passed = this.#scanner.seen;
    }
    return undefined;
  }

  #advance(end: number, phase: Phase): number {
    this.#offset += this.#scanner.seen + 1;
    this.#line += this.#scanner.lines;
    this.#scanner.reset();
    this.#passed = 0;
    this.#phase = phase;
    return end + 1;
  }

  #passBlanks(bytes: Buffer, from: number): number {
    if (this.#phase === 'drained') return from;
    let at = from;
    for (; isBlankByte(bytes[at]); at++) if (bytes[at] === 10) this.#line++;
    this.#offset += at - from;
    return at;
  }

  #finish(): void {
    if (this.#phase !== 'after' && this.#phase !== 'drained') throw this.#cutOff();
    if (!this.#sawFeatures)
      throw new FormatError('the FeatureCollection has no "features" array', this.position());
  }

  #malformed(reason: string): FormatError {
    return new FormatError(`the ${this.#frame.name} is malformed: ${reason}`, this.position());
  }

  #cutOff(): FormatError {
    const reason = `the file ends inside the ${this.#frame.name}: the upload is cut off, or a bracket or quote is not closed`;
    return new FormatError(reason, this.position());
  }
}

/** The bytes without a character that may be cut off at their end. */
function wholeCharacters(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && end > bytes.length - 4 && bytes[end - 1]! >= 0x80) end--;
  return end;
}
