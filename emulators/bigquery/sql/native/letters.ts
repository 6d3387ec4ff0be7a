import type { Native } from './native.ts';

/** What GoogleSQL counts and cuts: code points. */
export const characters = (text: string): string[] => [...text];

const codePoint = (code: bigint): string => {
  if (code < 0n || code > 0x10ffffn || (code >= 0xd800n && code <= 0xdfffn))
    throw new Error(`Invalid codepoint ${code}`);
  return code === 0n ? '' : String.fromCodePoint(Number(code));
};

const INITCAP = /[^\s[\](){}/|<>!?@"^#$&~_,.:;*%+-]+/gu;
const SOUNDEX: Readonly<Record<string, string>> = Object.fromEntries(
  ['bfpv', 'cgjkqsxz', 'dt', 'l', 'mn', 'r'].flatMap((letters, index) =>
    [...letters].map(letter => [letter, String(index + 1)]),
  ),
);

function soundex(text: string): string {
  const letters = text.toLowerCase().match(/[a-z]/g) ?? [];
  let code = '';
  let last = '';
  for (const [index, letter] of letters.entries()) {
    const digit = SOUNDEX[letter] ?? '';
    if (index === 0) code = letter.toUpperCase();
    else if (digit !== '' && digit !== last) code += digit;
    if (letter !== 'h' && letter !== 'w') last = digit;
  }
  return code === '' ? '' : code.slice(0, 4).padEnd(4, '0');
}

/** The case, the codes and the sound of letters. */
export const LETTERS: readonly Native[] = [
  {
    name: 'bq_upper',
    parameters: ['VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string) => text.toUpperCase(),
  },
  {
    name: 'bq_lower',
    parameters: ['VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string) => text.toLowerCase(),
  },
  {
    name: 'bq_initcap',
    parameters: ['VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string) =>
      text.replace(INITCAP, word => {
        const [first = '', ...rest] = characters(word);
        return first.toUpperCase() + rest.join('').toLowerCase();
      }),
  },
  {
    name: 'bq_ascii',
    parameters: ['VARCHAR'],
    returns: 'BIGINT',
    run: (text: string) => {
      const code = text.codePointAt(0) ?? 0;
      if (code > 127)
        throw new Error(`First char of input is not an ASCII char in ASCII(${JSON.stringify(text)})`);
      return BigInt(code);
    },
  },
  {
    name: 'bq_unicode',
    parameters: ['VARCHAR'],
    returns: 'BIGINT',
    run: (text: string) => BigInt(text.codePointAt(0) ?? 0),
  },
  { name: 'bq_chr', parameters: ['BIGINT'], returns: 'VARCHAR', run: codePoint },
  {
    name: 'bq_code_points',
    parameters: ['VARCHAR'],
    returns: 'STRINGS',
    run: (text: string) => characters(text).map(character => String(character.codePointAt(0))),
  },
  {
    name: 'bq_from_code_points',
    parameters: ['STRINGS'],
    returns: 'VARCHAR',
    run: (codes: readonly (string | null)[]) =>
      codes.includes(null) ? null : codes.map(code => codePoint(BigInt(code!))).join(''),
  },
  {
    name: 'bq_normalize',
    parameters: ['VARCHAR', 'VARCHAR'],
    returns: 'VARCHAR',
    run: (text: string, form: string) => text.normalize(form),
  },
  { name: 'bq_soundex', parameters: ['VARCHAR'], returns: 'VARCHAR', run: soundex },
];
