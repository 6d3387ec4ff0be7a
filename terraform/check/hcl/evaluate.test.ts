import { describe, expect, it } from 'vitest';
import { evaluateJson, Lazy } from './evaluate.ts';
import { parseTemplate } from './parse.ts';
import { convert } from './types.ts';

const names: Readonly<Record<string, unknown>> = {
  var: { name: 'tick', list: ['b', 'a'], map: { y: 2, x: 1 }, nothing: null },
  lazy: new Lazy(name => `asked for ${name}`),
};
/** The tables write § for the dollar sign, lest JavaScript be taken for the language that fills in. */
const evaluate = (text: string): unknown =>
  evaluateJson(text.replaceAll('§', '$'), name => {
    if (!(name in names)) throw new Error(`no ${name}`);
    return names[name];
  });

describe("Terraform's expressions", () => {
  it.each([
    ['plain text', 'plain text'],
    ['', ''],
    ['step-§{var.name}!', 'step-tick!'],
    ['§{1 + 2 * 3}', 7],
    ['§{(1 + 2) * 3 - 4 / 2}', 7],
    ['§{!true || 2 >= 2 && 1 != 2}', true],
    ['§{var.nothing == null ? "none" : var.nothing}', 'none'],
    ['§{"a §{"b §{var.name}"}"}', 'a b tick'],
    ['§{"\\"quoted\\" and \\\\"}', '"quoted" and \\'],
    ['§{var.list[1]}', 'a'],
    ['§{var.map["x"]}', 1],
    ['§{{ (var.name) = 1, two = 2 }}', { tick: 1, two: 2 }],
    ['§{[for item in var.list : upper if item != "a"]}', new Error('no upper')],
    ['§{[for item in var.list : "§{item}!" if item != "a"]}', ['b!']],
    ['§{[for key, item in var.map : "§{key}§{item}"]}', ['x1', 'y2']],
    ['§{{ for index, item in var.list : item => index }}', { b: 0, a: 1 }],
    ['§{try(var.map.z, var.nothing.z, "otherwise")}', 'otherwise'],
    ['§{can(var.map.z)}', false],
    ['§{lazy.anything}', 'asked for anything'],
    ['§{coalesce(null, "", "last")}', 'last'],
    ['§{substr("abcdef", 1, 3)}', 'bcd'],
    ['§{trim("--a-b-", "-")}', 'a-b'],
    ['§{regex("[smhd]$", "10m")}', 'm'],
    ['§{concat(["a"], tolist(toset(["c", "b", "c"])))}', ['a', 'b', 'c']],
    ['§{yamldecode("{ role: r, on: project }")}', { role: 'r', true: 'project' }],
  ])('%s', (text, expected) => {
    if (expected instanceof Error) expect(() => evaluate(text)).toThrow(expected.message);
    else expect(evaluate(text)).toEqual(expected);
  });

  it('are refused where this evaluator does not know them, also within try', () => {
    expect(() => evaluate('§{try(cidrhost("10.0.0.0/8", 1), "otherwise")}')).toThrow('cidrhost is not known');
    expect(() => evaluate('§{try(var.list[*].name, "otherwise")}')).toThrow(SyntaxError);
    expect(() => evaluate('§{1 +}')).toThrow('expected an expression');
  });
});

const typeOf = (text: string) => parseTemplate(text.replaceAll('§', '$'));

describe("a variable's type", () => {
  const type = typeOf(
    '§{map(object({ size = optional(string), tags = optional(set(string), ["a"]), n = number }))}',
  );

  it('fills in what is optional', () => {
    expect(convert({ one: { n: 1 } }, type)).toEqual({ one: { size: null, tags: ['a'], n: 1 } });
    expect(convert({ one: { n: 1, tags: ['b', 'b'] } }, type)).toMatchObject({
      one: { tags: new Set(['b']) },
    });
  });

  it('wants what is not', () => {
    expect(() => convert({ one: {} }, type)).toThrow('the attribute n is missing');
  });
});
