import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { formatProblem, readChecked } from './checked.ts';

const schema = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5, minLength: 2 },
    kind: { enum: ['tumbling', 'sliding'] },
    version: { const: 1 },
    share: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
    list: {
      type: 'array',
      minItems: 1,
      maxItems: 2,
      uniqueItems: true,
      items: { type: ['string', 'integer'] },
    },
    either: { anyOf: [{ type: 'string' }, { type: 'object', required: ['a'] }] },
    map: { type: 'object', minProperties: 1, additionalProperties: { type: 'boolean' } },
    colour: { type: 'string', pattern: '^#', expected: 'a colour such as #fff', mend: 'put a # before it' },
  },
  dependentRequired: { kind: ['share'] },
};

const told = (text: string) => readChecked('f.yaml', text, schema).problems.map(formatProblem);

describe('a file that fits its schema', () => {
  it('is read without problems', () => {
    const checked = readChecked<{ name: string }>('f.yaml', 'name: abc\nlist: [1, b]\n', schema);
    expect(checked.problems).toEqual([]);
    expect(checked.value).toEqual({ name: 'abc', list: [1, 'b'] });
  });

  it('may use anchors and aliases', () => {
    expect(readChecked('f.yaml', 'name: &n abc\nlist: [*n]\n', schema).value).toEqual({
      name: 'abc',
      list: ['abc'],
    });
  });

  it('may be anything that YAML can say', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const checked = readChecked('f.yaml', stringify(value), {});
        expect(checked.problems).toEqual([]);
        expect(checked.value).toEqual(value);
      }),
    );
  });
});

describe('a breach of the schema is told', () => {
  it.each([
    ['', '1:1: the file is empty. Expected a map.'],
    ['# nothing yet\n', '1:1: the file is empty. Expected a map.'],
    ['- 1\n', '1:1: the file is a list. Expected a map.'],
    ['{}\n', '1:1: the file has no "name". Mend: add the key name.'],
    ['name:\n', '1:6: "name" is empty. Expected text.'],
    ['name: 1\n', '1:7: "name" is a number (1). Expected text.'],
    ['name: [a]\n', '1:7: "name" is a list. Expected text.'],
    ['name: aB\n', '1:7: "name" is "aB". Expected text that matches ^[a-z]+$.'],
    ['name: a\n', '1:7: "name" is too short. Expected at least 2 characters.'],
    ['name: abcdef\n', '1:7: "name" is too long. Expected at most 5 characters.'],
    ['name: ab\nversion: 2\n', '2:10: "version" is 2. Expected 1.'],
    ['name: ab\nshare: 0\n', '2:8: "share" is 0. Expected more than 0.'],
    ['name: ab\nshare: 1\n', '2:8: "share" is 1. Expected less than 1.'],
    ['name: ab\nlist: []\n', '2:7: "list" has too few items. Expected at least 1.'],
    ['name: ab\nlist: [a, b, c]\n', '2:7: "list" has too many items. Expected at most 2.'],
    ['name: ab\nlist: [a, a]\n', '2:7: "list" has the same item twice.'],
    [
      'name: ab\nlist:\n  - a\n  - true\n',
      '4:5: "1" is true or false (true). Expected text or a whole number.',
    ],
    ['name: ab\neither: 1\n', '2:9: "either" fits none of its forms.'],
    ['name: ab\nmap: {}\n', '2:6: "map" has too few keys. Expected at least 1.'],
    ['name: ab\nmap: { a/b~c: 1 }\n', '2:15: "a/b~c" is a number (1). Expected true or false.'],
    [
      'name: ab\ncolour: red\n',
      '2:9: "colour" is "red". Expected a colour such as #fff. Mend: put a # before it.',
    ],
    ['name: ab\nkind: tumbling\n', '1:1: the file has no "share". Mend: add the key share.'],
    [
      'name: ab\nshare: 0.5\nkind: tumblign\n',
      '3:7: "kind" is "tumblign". Expected one of tumbling, sliding. Mend: did you mean tumbling?',
    ],
    [
      'nmae: ab\nname: ab\n',
      '1:1: unknown key "nmae". Expected one of name, kind, version, share, list, either, map, colour. Mend: did you mean name?',
    ],
    [
      'name: ab\nentirely: ab\n',
      '2:1: unknown key "entirely". Expected one of name, kind, version, share, list, either, map, colour. Mend: take it out.',
    ],
  ])('%j', (text, problem) => {
    expect(told(text)).toEqual([`f.yaml:${problem}`]);
  });

  it('at every place in one go, in the order of the file', () => {
    expect(told('kind: x\nname: 1\nshare: 2\nodd: 1\n').map(line => line.split(': ')[0])).toEqual([
      'f.yaml:1:7',
      'f.yaml:2:7',
      'f.yaml:3:8',
      'f.yaml:4:1',
    ]);
  });
});

describe('broken YAML is told', () => {
  it.each([
    ['name: "ab\n', /^f\.yaml:2:1: this is no YAML: .*quote/],
    ['name: ab\n\tkind: x\n', /^f\.yaml:2:1: this is no YAML: .*Tabs/],
    ['name: * * *\n', /^f\.yaml:1:7: this is no YAML: .* Mend: put text that begins with \* in quotes\.$/],
    ['name: *n\n', /^f\.yaml:1:7: there is no anchor "n" before this alias\. Mend: put text/],
    [
      'name: ab\n---\nname: cd\n',
      /^f\.yaml:2:1: a second document begins here\. Mend: take out the line ---\.$/,
    ],
  ])('%j', (text, problem) => {
    expect(told(text)).toEqual([expect.stringMatching(problem)]);
  });

  it('with the first place of a key that stands twice', () => {
    expect(told('map: { a: true, b: true,\n  a: false }\nname: ab\nname: cd\n')).toEqual([
      'f.yaml:2:3: the key "a" stands here a second time (first on line 1). Mend: rename one of the two or take it out.',
      'f.yaml:4:1: the key "name" stands here a second time (first on line 3). Mend: rename one of the two or take it out.',
    ]);
  });

  it('whatever the file holds, without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab:*&-#[]{}"\' \n\t|>!%,?') }), text => {
        for (const { line, column } of readChecked('f.yaml', text, schema).problems) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('rules that no schema can state', () => {
  const text = 'name: ab\nmap:\n  first: true\n  second: 1\nlist:\n  - a\n  - b\n';
  const checked = readChecked('f.yaml', text, schema);

  it('find the places of values, keys and items', () => {
    expect(checked.positionOf(['map', 'second'])).toEqual({ line: 4, column: 11 });
    expect(checked.positionOf(['map', 'second'], 'key')).toEqual({ line: 4, column: 3 });
    expect(checked.positionOf(['list', 1])).toEqual({ line: 7, column: 5 });
    expect(checked.positionOf([])).toEqual({ line: 1, column: 1 });
  });

  it('find the nearest ancestor of what is not there', () => {
    expect(checked.positionOf(['map', 'third', 'x'])).toEqual({ line: 3, column: 3 });
    expect(checked.positionOf(['map', 'third'], 'key')).toEqual({ line: 2, column: 1 });
    expect(checked.positionOf(['list', 9])).toEqual({ line: 6, column: 3 });
  });

  it('make problems of their own', () => {
    const problem = checked.problem(['list', 0], { what: 'a is taken', mend: 'take b' });
    expect(formatProblem(problem)).toBe('f.yaml:6:5: a is taken. Mend: take b.');
  });

  it('can lie inside of a text, however it is written', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    const styles = {
      plain: (words: readonly string[]) => words.join(' '),
      single: (words: readonly string[]) => `'${words.join(' ')}'`,
      double: (words: readonly string[]) => `"${words.join(' ')}"`,
      lines: (words: readonly string[]) => words.join('\n      '),
      folded: (words: readonly string[]) => `>\n      ${words.join('\n      ')}`,
      literal: (words: readonly string[]) => `|-\n    ${words.join('\n    ')}`,
      indented: (words: readonly string[]) => `|\n    a\n      ${words.join('\n        ')}`,
    };
    const style = fc.constantFrom(...Object.values(styles));
    fc.assert(
      fc.property(style, fc.array(word, { minLength: 1, maxLength: 5 }), (write, words) => {
        const text = `first: 1\nmap:\n  text: ${write([...words, 'xyzzy'])}\n`;
        const { value, problem } = readChecked<{ map: { text: string } }>('f.yaml', text, {});
        const { line, column } = problem(
          ['map', 'text'],
          { what: '' },
          'value',
          value.map.text.indexOf('xyzzy'),
        );
        expect(text.split('\n')[line - 1]!.slice(column - 1)).toMatch(/^xyzzy/);
      }),
      { numRuns: 200 },
    );
    const escaped = readChecked('f.yaml', 'text: "a\\u0062 xyzzy"\n', {});
    expect(escaped.problem(['text'], { what: '' }, 'value', 3)).toMatchObject({ line: 1, column: 7 });
  });

  it('can tell what is sound from what is not', () => {
    expect(checked.sound(['name'])).toBe(true);
    expect(checked.sound(['map', 'first'])).toBe(true);
    expect(checked.sound(['map', 'second'])).toBe(false);
    expect(checked.sound(['map'])).toBe(false);
    expect(checked.sound([])).toBe(false);
  });
});
