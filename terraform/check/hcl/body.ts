import type { Fields } from '../applied.ts';
import type { Block } from '../schema.ts';
import { evaluateJson, type Scope } from './evaluate.ts';
import type { Body } from './files.ts';
import { itemsOf } from './functions.ts';

/** What governs a resource and is no argument of it. */
export const META: ReadonlySet<string> = new Set([
  'for_each',
  'count',
  'depends_on',
  'lifecycle',
  'provider',
]);

/** @throws Error with the message of the first condition that does not hold */
export function hold(conditions: unknown, scope: Scope): void {
  for (const { condition, error_message } of (conditions ?? []) as readonly Body[]) {
    if (evaluateJson(condition, scope) !== true) throw new Error(String(evaluateJson(error_message, scope)));
  }
}

/** The block that says how a resource is replaced, and on what conditions. */
export const lifecycle = (body: Body): Body =>
  ((body['lifecycle'] as readonly Body[] | undefined) ?? [{}])[0] ?? {};

/** What `ignore_changes` names; the parser writes a name as the template `${name}`. */
export const ignoredOf = (body: Body): readonly string[] =>
  ((lifecycle(body)['ignore_changes'] ?? []) as readonly string[]).map(name => name.slice(2, -1));

/** The arguments and blocks of a resource, without what is null. */
export function bodyOf(body: Body, block: Block, scope: Scope): Fields {
  const fields: Fields = {};
  for (const [name, value] of Object.entries(body)) {
    if (META.has(name)) continue;
    const nested = block.blocks[name];
    if (name === 'dynamic') Object.assign(fields, dynamicOf(value as Body, block, scope));
    else if (nested) fields[name] = (value as readonly Body[]).map(item => bodyOf(item, nested, scope));
    else {
      const found = evaluateJson(value, scope);
      if (found !== null) fields[name] = found;
    }
  }
  return fields;
}

function dynamicOf(dynamic: Body, block: Block, scope: Scope): Fields {
  const entries = Object.entries(dynamic).map(([name, value]) => {
    const [{ for_each, content }] = value as readonly [{ for_each: unknown; content: readonly Body[] }];
    const nested = block.blocks[name] ?? { attributes: {}, blocks: {} };
    const blocks = itemsOf(evaluateJson(for_each, scope)).map(([key, item]) =>
      bodyOf(content[0] ?? {}, nested, wanted => (wanted === name ? { key, value: item } : scope(wanted))),
    );
    return [name, blocks] as const;
  });
  return Object.fromEntries(entries.filter(([, blocks]) => blocks.length > 0));
}
