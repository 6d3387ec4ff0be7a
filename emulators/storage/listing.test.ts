import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ListQuery, page } from './listing.ts';
import { compareNames } from './names.ts';
import { fixture } from './testing.ts';

const ALL: ListQuery = {
  prefix: '',
  delimiter: '',
  startOffset: '',
  endOffset: '',
  after: '',
  max: 1000,
  includeTrailingDelimiter: false,
};
const NAMES = ['a', 'a/', 'a/1', 'a/2', 'a/b/3', 'b', 'c/1', 'd'].sort(compareNames);

describe('a page of names', () => {
  it.each([
    [{}, NAMES, []],
    [{ delimiter: '/' }, ['a', 'b', 'd'], ['a/', 'c/']],
    [{ delimiter: '/', includeTrailingDelimiter: true }, ['a', 'a/', 'b', 'd'], ['a/', 'c/']],
    [{ prefix: 'a/' }, ['a/', 'a/1', 'a/2', 'a/b/3'], []],
    [{ prefix: 'a/', delimiter: '/' }, ['a/', 'a/1', 'a/2'], ['a/b/']],
    [{ prefix: 'x' }, [], []],
    [{ startOffset: 'a/2' }, ['a/2', 'a/b/3', 'b', 'c/1', 'd'], []],
    [{ endOffset: 'a/2' }, ['a', 'a/', 'a/1'], []],
    [{ startOffset: 'a/1', endOffset: 'b', prefix: 'a/' }, ['a/1', 'a/2', 'a/b/3'], []],
  ] as const)('for %o has items %o and prefixes %o', (query, items, prefixes) => {
    expect(page(NAMES, { ...ALL, ...query })).toEqual({ items, prefixes });
  });

  it('follows page after page to the same result as one page, whatever the names and the query', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '/', 'é', '😀', '\uffee'),
      minLength: 1,
      maxLength: 5,
    });
    const query = fc.record({
      prefix: fc.constantFrom('', 'a', 'a/', '/'),
      delimiter: fc.constantFrom('', '/', 'b'),
      startOffset: fc.constantFrom('', 'a/', 'b'),
      endOffset: fc.constantFrom('', 'b/'),
      includeTrailingDelimiter: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { maxLength: 20 }),
        query,
        fc.integer({ min: 1, max: 5 }),
        (names, asked, max) => {
          const sorted = names.sort(compareNames);
          const whole = page(sorted, { ...ALL, ...asked });
          const items: string[] = [];
          const prefixes: string[] = [];
          let after: string | undefined = '';
          while (after !== undefined) {
            const part = page(sorted, { ...ALL, ...asked, max, after });
            items.push(...part.items);
            prefixes.push(...part.prefixes);
            after = part.next;
          }
          expect({ items, prefixes }).toEqual(whole);
        },
      ),
    );
  });
});

it('names are in the order of their UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      expect(Math.sign(compareNames(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
  expect(compareNames('\uffee', '😀')).toBeLessThan(0);
});

describe('listing through the official client', () => {
  it('gives items, prefixes and pages', async () => {
    const { client } = await fixture();
    const bucket = client.bucket('uploads');
    await Promise.all(NAMES.map(name => bucket.file(name).save('x', { resumable: false })));
    const [all] = await bucket.getFiles({ maxResults: 3 });
    expect(all.map(file => file.name)).toEqual(NAMES.slice(0, 3));
    const [everything] = await bucket.getFiles();
    expect(everything.map(file => file.name)).toEqual(NAMES);
    const [files, , response] = await bucket.getFiles({ delimiter: '/', autoPaginate: false });
    expect(files.map(file => file.name)).toEqual(['a', 'b', 'd']);
    expect((response as { prefixes: string[] }).prefixes).toEqual(['a/', 'c/']);
    const [first, next] = await bucket.getFiles({ maxResults: 2, autoPaginate: false });
    const [second] = await bucket.getFiles(next as object);
    expect([...first, ...second].map(file => file.name)).toEqual(NAMES.slice(0, 4));
  });

  it('refuses what it does not do, and page sizes that are none', async () => {
    const { url } = await fixture();
    const list = async (query: string) => (await fetch(`${url}/storage/v1/b/uploads/o?${query}`)).status;
    expect(await list('matchGlob=a*')).toBe(501);
    expect(await list('softDeleted=true')).toBe(501);
    expect(await list('maxResults=0')).toBe(400);
    expect(await list('versions=false')).toBe(200);
  });
});
