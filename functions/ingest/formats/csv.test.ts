import { describe, expect, it } from 'vitest';
import { reading, rejects, values } from './testkit.ts';

describe('CSV', () => {
  it('reads quoted cells with delimiters, quotes and line ends; line is the first of the record', async () => {
    const { format, items } = await reading('id,text,n\r\n1,"a, ""b""\r\nc",\r\n\r\n2,"",x\n3,5" pipe,"y"');
    expect(format).toBe('csv');
    expect(items).toEqual([
      { kind: 'record', value: { id: '1', text: 'a, "b"\r\nc', n: '' }, line: 2, offset: 11 },
      { kind: 'record', value: { id: '2', text: '', n: 'x' }, line: 5, offset: 31 },
      { kind: 'record', value: { id: '3', text: '5" pipe', n: 'y' }, line: 6, offset: 38 },
    ]);
  });

  it.each([
    [',', 'csv'],
    [';', 'csv'],
    ['\t', 'tsv'],
  ])('finds the delimiter %j in the header, quotes respected', async (d, format) => {
    const header = ['"a,b;c\td,e;f\tg"', 'x', 'y'].join(d);
    const result = await reading(`${header}\n1${d}2${d}"3${d}"\n`);
    expect(result.format).toBe(format);
    expect(values(result.items)).toEqual([{ 'a,b;c\td,e;f\tg': '1', x: '2', y: `3${d}` }]);
  });

  it('drops a BOM before the header but counts its bytes', async () => {
    const { items, checkpoint } = await reading('\uFEFFid,n\n1,2\n');
    expect(items).toEqual([{ kind: 'record', value: { id: '1', n: '2' }, line: 2, offset: 8 }]);
    expect(checkpoint).toMatchObject({ offset: 12, line: 3, header: ['id', 'n'], delimiter: ',' });
  });

  it('rejects rows of another width than the header', async () => {
    const { items } = await reading('a,b,c\n1,2\n1,2,3\n1,2,3,4\nx\n');
    expect(rejects(items)).toEqual([
      '2: has 2 columns, the header has 3',
      '4: has 4 columns, the header has 3',
      '5: has 1 column, the header has 3',
    ]);
    expect(values(items)).toEqual([{ a: '1', b: '2', c: '3' }]);
  });

  it.each([
    ['a,b,a\n1,2,3\n', 'two columns of the header are named "a"'],
    ['a,,c\n1,2,3\n', 'column 2 has no name in the header'],
    [
      `${Array.from({ length: 1001 }, (_, i) => `c${i}`).join(',')}\n`,
      'the header has 1001 columns, 1000 are allowed',
    ],
  ])('refuses a header that cannot name the columns (%#)', async (content, reason) => {
    const { error, items } = await reading(content);
    expect(error?.reason).toBe(reason);
    expect(items).toEqual([]);
  });

  it('does not let a quote that is never closed swallow the file', async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => `${i},row ${i}\n`).join('');
    const { items } = await reading(`id,text\n0,"open\n${rows}`);
    expect(rejects(items)).toEqual(['2: record over 358,400 bytes: a quote is not closed']);
    expect(items[0]).toMatchObject({ offset: 8 });
    expect(items[1]).toMatchObject({ line: 3, offset: 16, value: { id: '0', text: 'row 0' } });
    expect(values(items)).toHaveLength(40_000);
    const short = await reading('id,text\n0,"open\n1,x\n');
    expect(rejects(short.items)).toEqual(['2: a quote is not closed']);
    expect(values(short.items)).toEqual([{ id: '1', text: 'x' }]);
  });

  it('rejects text after a closing quote, and goes on with the next line', async () => {
    const { items } = await reading('a,b\n"x"y,2\n"p\nq"r,3\n4,5\n');
    expect(rejects(items)).toEqual([
      '2: text stands after a closing quote',
      '3: text stands after a closing quote',
    ]);
    expect(values(items)).toEqual([
      { a: 'q"r', b: '3' },
      { a: '4', b: '5' },
    ]);
  });

  it('rejects a line over the limit and goes on at the next newline', async () => {
    const { items } = await reading(`a,b\n1,${'x'.repeat(10_000_000)}\n2,y\n`);
    expect(rejects(items)).toEqual(['2: record over 358,400 bytes']);
    expect(items[1]).toMatchObject({ line: 3, offset: 10_000_007, value: { a: '2', b: 'y' } });
  });

  it('takes a quoted cell as long as the limit allows, over many lines and blocks', async () => {
    const text = 'line\n'.repeat(60_000);
    const { items } = await reading(`a,b\n1,"${text}"\n2,y\n`);
    expect(values(items)).toEqual([
      { a: '1', b: text },
      { a: '2', b: 'y' },
    ]);
    expect(items[1]).toMatchObject({ line: 60_003 });
  });

  it('rejects NUL bytes and invalid UTF-8, and refuses a header with them', async () => {
    const bytes = Buffer.from('a,b\n1,@\n2,#\n3,é\n');
    bytes[bytes.indexOf('@')] = 0;
    bytes[bytes.indexOf('#')] = 0xe9;
    const { items } = await reading(bytes);
    expect(rejects(items)).toEqual(['2: contains a NUL byte, at byte 3 of the record', '3: not valid UTF-8']);
    expect(values(items)).toEqual([{ a: '3', b: 'é' }]);
    const { error } = await reading(Buffer.from('größe,name\n1,2\n', 'latin1'));
    expect(error?.reason).toMatch(/^this text is not UTF-8 \(perhaps Latin-1/);
  });

  it('keeps a column named __proto__ as a plain property', async () => {
    const { items } = await reading('__proto__,toString\nx,y\n');
    expect(JSON.stringify(values(items))).toBe('[{"__proto__":"x","toString":"y"}]');
  });

  it('has no records where there is only a header', async () => {
    expect(await reading('a,b,c\n')).toMatchObject({ format: 'csv', items: [], error: undefined });
  });
});
