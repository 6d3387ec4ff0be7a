import { describe, expect, it } from 'vitest';
import { reading, rejects, values } from './testkit.ts';

describe('a JSON array', () => {
  it('is read element by element, in any layout', async () => {
    const { format, items } = await reading(
      '\n[\n  {"a": 1},\n  {\n    "b": "],}\\""\n  }\n,{"c":[1,{"d":2}]} ]\n\n',
    );
    expect(format).toBe('json-array');
    expect(items).toEqual([
      { kind: 'record', value: { a: 1 }, line: 3, offset: 5 },
      { kind: 'record', value: { b: '],}"' }, line: 4, offset: 17 },
      { kind: 'record', value: { c: [1, { d: 2 }] }, line: 7, offset: 41 },
    ]);
  });

  it('may be empty', async () => {
    expect(await reading('[]')).toMatchObject({ items: [], format: 'json-array', error: undefined });
    expect(await reading(' [ \n ] \n')).toMatchObject({ items: [], format: 'json-array', error: undefined });
  });

  it('rejects a malformed element that is balanced, and goes on', async () => {
    const { items, error } = await reading(
      '[{"a":1},\n{"a":},\n{"a":3} {"x":1},\n7, "s",\n{"a":1}},\n,{"a":5},]',
    );
    expect(error).toBeUndefined();
    expect(values(items)).toEqual([{ a: 1 }, { a: 5 }]);
    expect(rejects(items).map(r => r.replace(/JSON: .*/, 'JSON'))).toEqual([
      '2: not valid JSON',
      '3: not valid JSON',
      '4: expected a JSON object, found a number',
      '4: expected a JSON object, found a string',
      '5: not valid JSON',
      '6: expected a JSON object, found nothing before ","',
      '6: expected a JSON object, found nothing before "]"',
    ]);
  });

  it('rejects an element over the limit and goes on after its end', async () => {
    const big = `{"a":"${'],[{\\"'.repeat(60_000)}",\n"b":[1,2]}`;
    const { items } = await reading(`[{"n":0},\n${big},\n{"n":1}]`);
    expect(rejects(items)).toEqual(['2: record over 358,400 bytes']);
    expect(items[1]).toMatchObject({ offset: 10, excerpt: big.slice(0, 1024) });
    expect(items[2]).toMatchObject({ value: { n: 1 }, line: 4 });
  });

  it.each(['[{"a":1},\n{"a":2', '[{"a":1},\n', '[{"a":1}\n', '[{"a":1},\n{"a":"]'])(
    'yields the good elements of one cut off, then says where: %j',
    async content => {
      const { items, error } = await reading(content);
      expect(error?.reason).toMatch(/^the file ends inside the array/);
      expect(error?.line).toBeGreaterThanOrEqual(content.includes(',') ? 2 : 1);
      // Without a comma or bracket after it, nobody knows whether the element is all there.
      expect(values(items)).toEqual(content.includes(',') ? [{ a: 1 }] : []);
    },
  );

  it('rejects what follows its end', async () => {
    const { items, error } = await reading(`[{"a":1}]\n\n{"a":2} ${'é'.repeat(100_000)}`);
    expect(error).toBeUndefined();
    expect(rejects(items)).toEqual(['3: content after the end of the array']);
    expect(items[1]).toMatchObject({ offset: 11 });
  });

  it('rejects elements that are not UTF-8, have a NUL, or are nested too deep', async () => {
    const bytes = Buffer.from(
      `[{"a":"é"},{"a":"@"},{"a":"#"},{"a":${'['.repeat(64)}${']'.repeat(64)}},{"a":"é"}]`,
    );
    bytes[bytes.indexOf('@')] = 0xff;
    bytes[bytes.indexOf('#')] = 0;
    const { items } = await reading(bytes);
    expect(items.map(item => item.kind)).toEqual(['record', 'reject', 'reject', 'reject', 'record']);
  });
});

describe('a GeoJSON FeatureCollection', () => {
  const features = [1, 2, 3].map(id => ({
    type: 'Feature',
    id,
    geometry: { type: 'Point', coordinates: [id, [0]] },
  }));
  const around = {
    metadata: { features: [{ no: 1 }], counts: [[1], [2]] },
    bbox: [-1, -2, 3, 4],
    title: '"features":[',
  };

  it.each([
    ['type first', { type: 'FeatureCollection', ...around, features }],
    ['features first', { features, type: 'FeatureCollection', ...around }],
    [
      'members on both sides',
      { metadata: around.metadata, type: 'FeatureCollection', features, bbox: around.bbox },
    ],
  ])('is read feature by feature, with %s', async (_name, collection) => {
    for (const indent of [0, 2]) {
      const { format, items, error } = await reading(`${JSON.stringify(collection, null, indent)}\n`);
      expect(error).toBeUndefined();
      expect(format).toBe('geojson');
      expect(values(items)).toEqual(features);
      expect(rejects(items)).toEqual([]);
    }
  });

  it('passes over members of any size', async () => {
    const metadata = { text: 'x'.repeat(1_000_000) };
    const { items, error } = await reading(
      JSON.stringify({ type: 'FeatureCollection', metadata, features, metadata2: metadata }),
    );
    expect(error).toBeUndefined();
    expect(values(items)).toEqual(features);
  });

  it('may be empty, but must have features', async () => {
    expect(await reading('{"type":"FeatureCollection","features":[]}')).toMatchObject({
      items: [],
      error: undefined,
    });
    const { error } = await reading('{"type":"FeatureCollection","features":null}');
    expect(error?.reason).toBe('the FeatureCollection has no "features" array');
  });

  it('says where it is cut off or malformed, after the good features', async () => {
    const text = JSON.stringify({ type: 'FeatureCollection', features }, null, 1);
    const cut = await reading(text.slice(0, -20));
    expect(values(cut.items)).toHaveLength(2);
    expect(cut.error?.reason).toMatch(/^the file ends inside the FeatureCollection/);
    const odd = await reading('{"type":"FeatureCollection","features":[{"a":1}] "bbox":[]}');
    expect(values(odd.items)).toEqual([{ a: 1 }]);
    expect(odd.error?.reason).toBe('the FeatureCollection is malformed: expected "," or "}"');
  });

  it('is one record where it is one line of several', async () => {
    const line = JSON.stringify({ type: 'FeatureCollection', features: [] });
    expect(await reading(`${line}\n${line}\n`)).toMatchObject({
      format: 'ndjson',
      items: [{ line: 1 }, { line: 2 }],
    });
  });
});

describe('a single JSON object', () => {
  it('is one record, also over several lines', async () => {
    const value = { name: 'x', list: [{ a: 1 }, { b: 2 }], empty: {} };
    const { format, items } = await reading(`\n${JSON.stringify(value, null, 2)}\n`);
    expect(format).toBe('json');
    expect(items).toEqual([{ kind: 'record', value, line: 2, offset: 1 }]);
    expect(await reading('{"a":{}\n,"b":1}')).toMatchObject({
      format: 'json',
      items: [{ value: { a: {}, b: 1 } }],
    });
    expect(await reading(JSON.stringify(value))).toMatchObject({ format: 'ndjson', items: [{ value }] });
  });

  it('is one reject if it is malformed, cut off or too long', async () => {
    const malformed = await reading('{\n"a": 1,\n"b": oops\n}');
    expect(rejects(malformed.items)[0]).toMatch(/^1: not valid JSON/);
    const cut = await reading('{\n"a": 1,\n');
    expect(rejects(cut.items)[0]).toMatch(/^1: not valid JSON/);
    const long = await reading(`{\n"a": "${'x'.repeat(500_000)}"\n}`);
    expect(rejects(long.items)).toEqual(['1: record over 358,400 bytes']);
  });
});
