import { describe, expect, it } from 'vitest';
import { FormatError } from './item.ts';
import { sniff } from './sniff.ts';
import { reading } from './testkit.ts';

const of = (text: string, whole = true): string => sniff(Buffer.from(text), whole).format;

describe('the format of a file', () => {
  it.each([
    ['ndjson', '{"a":1}\n{"a":2}\n'],
    ['ndjson', '{"a":1}'],
    ['ndjson', '{"a":1,}'],
    ['ndjson', '{"a":[1}\n{"a":2}\n{"a":3}\n'],
    ['ndjson', '["a":1}\n{"a":2}\n'],
    ['ndjson', 'garbage, more\n{"a":2}\n{"a":3}\n'],
    ['ndjson', '\n\n{"type":"FeatureCollection","features":[]}\n{"a":2}\n'],
    ['json-array', '[{"a":1},\n{"a":2}]'],
    ['json-array', '[\n{"a":1}\n,{"a":2}\n]'],
    ['json-array', '[\n{"a":1}'],
    ['json-array', ' [ ] '],
    ['json-array', '[1, 2]'],
    ['json', '{\n "a": 1\n}'],
    ['json', '{"items":[\n{"b":1},\n{"b":2}\n]}'],
    ['geojson', '{"type":"FeatureCollection","features":[]}\n'],
    [
      'geojson',
      '{\n"type":"FeatureCollection",\n"features":[\n{"type":"Feature"},\n{"type":"Feature"}\n]\n}',
    ],
    ['geojson', '{"features": [ {"id":1,"type":"Feature"} ], "type":"FeatureCollection"}'],
    ['csv', 'time,value\n2026-01-01 00:00:00,1\n'],
    ['csv', 'Vendor No.;Amount paid;2025\nA;1;2\n'],
    ['csv', 'name\nNew York\nBern\n'],
    ['csv', 'a,b,c\n1,2\n'],
    ['tsv', 'id\trate\n1\t0.5\n'],
    [
      'access-log',
      '1.2.3.4 - - [01/Jan/2026:00:00:01 +0000] "GET / HTTP/1.1" 200 5 "-" "Mozilla (KHTML, like Gecko)"\n',
    ],
    [
      'access-log',
      'cut off" 200\n\n::1 - a,b [01/Jan/2026:00:00:01 +0000] "GET / HTTP/1.1" 304 - "{a}" "[1,"\r\n',
    ],
    ['empty', ''],
    ['empty', ' \r\n\t\n'],
  ])('is %s: %j', (format, text) => {
    expect(of(text)).toBe(format);
  });

  it('is told from the beginning of a file too long to look at as a whole', () => {
    const filler = 'x'.repeat(70_000);
    expect(of(`{"type":"FeatureCollection","metadata":"${filler}`, false)).toBe('geojson');
    expect(of(`{"a":"${filler}`, false)).toBe('ndjson');
    expect(of(`{\n"a":"${filler}`, false)).toBe('json');
    expect(of(`[{"a":"${filler}`, false)).toBe('json-array');
  });

  it.each([
    ['prose', 'Dear Sir,\nI have the honour, as ever, to be yours.\nJ.'],
    [
      'an access log without referrer and agent',
      '1.2.3.4 - - [01/Jan/2026:00:00:01 +0000] "GET /a,b HTTP/1.1" 200 5\n'.repeat(3),
    ],
    ['an application log', '2026-01-01 12:00:00,123 INFO started\n2026-01-01 12:00:01,456 INFO done\n'],
    ['a bracketed log', '[2026-01-01 12:00:00] INFO started\n[2026-01-01 12:00:01] done\n'],
    ['a table without header', '1,2,3\n4,5,6\n'],
    ['one word', 'hello'],
    ['a word and prose', 'hello\nDear Sir, how are you\n'],
    ['a log of words', 'started at 12:00, fine\nstopped at 13:00, fine\n'],
    ['YAML', 'name: x\nlist:\n  - a\n'],
  ])('is unknown for %s, and the error shows the text and what is accepted', (_name, text) => {
    expect(() => of(text)).toThrow(FormatError);
    expect(() => of(text)).toThrow(
      /this text has no format that is read, nor a header row; it begins with ".+; accepted are NDJSON, .*CSV/,
    );
  });

  it.each([
    ['UTF-16 text', Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le')],
    ['UTF-16 text', Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le').swap16()],
    ['UTF-32 text', Buffer.from('fffe00007b000000', 'hex')],
    ['binary data, or UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['ZIP archive', Buffer.from('PK\x03\x04\x14\0\0\0')],
    ['Parquet', Buffer.from('PAR1\x15\x04\x15')],
    ['Avro', Buffer.from('Obj\x01\x04\x14')],
    ['Zstandard', Buffer.from('28b52ffd2400', 'hex')],
    ['PNG', Buffer.from('89504e470d0a1a0a', 'hex')],
    ['PDF', Buffer.from('%PDF-1.7\n%\n')],
    ['XML or HTML', Buffer.from('<?xml version="1.0"?>\n<a/>')],
    ['not UTF-8', Buffer.from('Straße, Ort\n', 'latin1')],
  ])('is refused by name: %s', async (name, bytes) => {
    const { error, items } = await reading(bytes);
    expect(error?.message).toContain(name);
    expect(error?.message).toContain('accepted are NDJSON');
    expect(items).toEqual([]);
  });

  it('is empty without records, and says so in one chunk', async () => {
    for (const content of ['', '\n \n', '\uFEFF', []]) {
      const { chunks, format } = await reading(content);
      expect(chunks).toHaveLength(1);
      expect(format).toBe('empty');
    }
  });

  it.each(['{"a":1}\n{"a":2}\n', '[{"a":1},{"a":2}]', 'a,b\n1,2\n3,4\n'])(
    'does not mind a BOM: %j',
    async text => {
      const plain = await reading(text);
      const marked = await reading(`\uFEFF${text}`);
      expect(marked.format).toBe(plain.format);
      expect(marked.items).toEqual(plain.items.map(item => ({ ...item, offset: item.offset + 3 })));
    },
  );
});
