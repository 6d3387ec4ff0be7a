import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvError, parseCsv } from './csv.ts';

const cell = fc.string({
  unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r', ' ', '€', '\t'),
  maxLength: 6,
});
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

describe('parseCsv', () => {
  it('reads quoted cells, empty cells, CRLF, a BOM and blank lines', () => {
    expect(parseCsv('\uFEFFa,b\r\n"x ""y""\r\nz",\r\n\r\n,2"')).toEqual({
      header: ['a', 'b'],
      rows: [
        ['x "y"\r\nz', ''],
        ['', '2"'],
      ],
    });
  });

  it('reads other delimiters', () => {
    expect(parseCsv('a;b\n"1;2";3\n', ';').rows).toEqual([['1;2', '3']]);
  });

  it('reads back whatever a writer has quoted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        (rows, end, endsWithLine) => {
          const lines = [['a', 'b', 'c'], ...rows].map(row => row.map(quoted).join(','));
          expect(parseCsv(lines.join(end) + (endsWithLine ? end : '')).rows).toEqual(rows);
        },
      ),
    );
  });

  it.each([
    ['', 'line 1: the file has no header'],
    ['a,a\n', 'line 1: two columns of the header are named "a"'],
    ['a, \n', 'line 1: column 2 has no name in the header'],
    ['a,b\n\n"1\n",2\n3\n', 'line 5: has 1 column, the header has 2'],
    ['a\n"b"c\n', 'line 2: text stands after a closing quote'],
    ['a\nb\n"c\nd\n', 'line 3: a quote is not closed'],
  ])('says what is wrong with %j', (text, message) => {
    expect(() => parseCsv(text)).toThrow(new CsvError(message.slice(8), Number(message[5])));
  });
});
