import { characters } from './letters.ts';
import type { Native } from './native.ts';

const SPACE = /\s/u;

/** The part of a list that SUBSTR takes: from 1, or from the end if negative; 0 counts as 1. */
function slice<T extends { length: number; slice(from: number, to: number): T }>(
  whole: T,
  position: bigint,
  length: bigint | null,
): T {
  if (length !== null && length < 0n) throw new Error('Third argument in SUBSTR() cannot be negative');
  const size = BigInt(whole.length);
  let from = position > 0n ? position - 1n : position === 0n ? 0n : size + position;
  if (from < 0n) from = 0n;
  if (from > size) from = size;
  const to = length === null || from + length > size ? size : from + length;
  return whole.slice(Number(from), Number(to));
}

function trim(text: string, set: string | null, side: string): string {
  const all = characters(text);
  const drops =
    set === null
      ? (character: string) => SPACE.test(character)
      : (character: string) => characters(set).includes(character);
  let from = 0;
  let to = all.length;
  if (side !== 'right') while (from < to && drops(all[from]!)) from += 1;
  if (side !== 'left') while (to > from && drops(all[to - 1]!)) to -= 1;
  return all.slice(from, to).join('');
}

/** The most that a text may grow to. */
const LARGEST = 100 * 1024 * 1024;

function pad(text: string, length: bigint, pattern: string, left: boolean): string {
  if (length < 0n)
    throw new Error(`Second argument (output size) for ${left ? 'LPAD' : 'RPAD'} cannot be negative`);
  if (pattern === '')
    throw new Error(`Third argument (pad pattern) for ${left ? 'LPAD' : 'RPAD'} cannot be empty`);
  if (length > BigInt(LARGEST))
    throw new Error(`Output of ${left ? 'LPAD' : 'RPAD'} exceeds the maximum size`);
  const all = characters(text);
  const wanted = Number(length);
  if (all.length >= wanted) return all.slice(0, wanted).join('');
  const fill = characters(pattern);
  const padding = Array.from({ length: wanted - all.length }, (_, index) => fill[index % fill.length]).join(
    '',
  );
  return left ? padding + text : text + padding;
}

function instr(text: string, part: string, position: bigint, occurrence: bigint): bigint {
  if (position === 0n || occurrence <= 0n)
    throw new Error(
      `INSTR ${position === 0n ? 'position' : 'occurrence'} must be ${position === 0n ? 'non-zero' : 'greater than zero'}`,
    );
  const all = characters(text);
  const wanted = characters(part);
  const matches = (at: number): boolean => wanted.every((character, index) => all[at + index] === character);
  const last = all.length - wanted.length;
  const step = position > 0n ? 1 : -1;
  let left = occurrence;
  for (
    let at = position > 0n ? Number(position) - 1 : Math.min(last, all.length + Number(position));
    at >= 0 && at <= last;
    at += step
  ) {
    if (!matches(at)) continue;
    left -= 1n;
    if (left === 0n) return BigInt(at + 1);
  }
  return 0n;
}

function translate(text: string, from: string, to: string): string {
  const source = characters(from);
  const target = characters(to);
  if (new Set(source).size !== source.length)
    throw new Error('Duplicate character in TRANSLATE source characters');
  return characters(text)
    .map(character => {
      const index = source.indexOf(character);
      return index === -1 ? character : (target[index] ?? '');
    })
    .join('');
}

/** Parts of texts, and texts out of parts. */
export const TEXTS: readonly Native[] = [
  {
    name: 'bq_substr',
    parameters: ['VARCHAR', 'BIGINT', 'BIGINT'],
    returns: 'VARCHAR',
    nulls: true,
    run: (text: string | null, position: bigint | null, length: bigint | null) =>
      text === null || position === null ? null : slice(characters(text), position, length).join(''),
  },
  {
    name: 'bq_substr_bytes',
    parameters: ['BLOB', 'BIGINT', 'BIGINT'],
    returns: 'BLOB',
    nulls: true,
    run: (bytes: Uint8Array | null, position: bigint | null, length: bigint | null) =>
      bytes === null || position === null ? null : slice(bytes, position, length),
  },
  {
    name: 'bq_left',
    parameters: ['VARCHAR', 'BIGINT'],
    returns: 'VARCHAR',
    run: (text: string, length: bigint) => {
      if (length < 0n) throw new Error('Second argument in LEFT() cannot be negative');
      return slice(characters(text), 1n, length).join('');
    },
  },
  {
    name: 'bq_right',
    parameters: ['VARCHAR', 'BIGINT'],
    returns: 'VARCHAR',
    run: (text: string, length: bigint) => {
      if (length < 0n) throw new Error('Second argument in RIGHT() cannot be negative');
      return length === 0n ? '' : slice(characters(text), -length, null).join('');
    },
  },
  {
    name: 'bq_trim',
    parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR'],
    returns: 'VARCHAR',
    nulls: true,
    run: (text: string | null, set: string | null, side: string) =>
      text === null ? null : trim(text, set, side),
  },
  { name: 'bq_pad', parameters: ['VARCHAR', 'BIGINT', 'VARCHAR', 'BOOLEAN'], returns: 'VARCHAR', run: pad },
  {
    name: 'bq_repeat',
    parameters: ['VARCHAR', 'BIGINT'],
    returns: 'VARCHAR',
    run: (text: string, count: bigint) => {
      if (count < 0n) throw new Error('Second argument in REPEAT() cannot be negative');
      if (BigInt(text.length) * count > BigInt(LARGEST))
        throw new Error('Output of REPEAT exceeds the maximum size');
      return text.repeat(Number(count));
    },
  },
  {
    name: 'bq_replace',
    parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string, from: string, to: string) => (from === '' ? text : text.replaceAll(from, () => to)),
  },
  {
    name: 'bq_reverse',
    parameters: ['VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string) => characters(text).reverse().join(''),
  },
  { name: 'bq_translate', parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR'], returns: 'VARCHAR', run: translate },
  { name: 'bq_instr', parameters: ['VARCHAR', 'VARCHAR', 'BIGINT', 'BIGINT'], returns: 'BIGINT', run: instr },
  {
    name: 'bq_contains_substr',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'BOOLEAN',
    run: (text: string, part: string) =>
      text.normalize('NFKC').toLowerCase().includes(part.normalize('NFKC').toLowerCase()),
  },
  {
    name: 'bq_split',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'STRINGS',
    run: (text: string, separator: string) =>
      text === '' ? [''] : separator === '' ? characters(text) : text.split(separator),
  },
  {
    name: 'bq_error',
    parameters: ['VARCHAR'],
    returns: 'VARCHAR',
    run: (message: string) => {
      throw new Error(message);
    },
  },
];
