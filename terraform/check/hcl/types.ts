import { evaluate } from './evaluate.ts';
import { itemsOf, type Value } from './functions.ts';
import type { Expression } from './syntax.ts';

/**
 * A variable's value as its type makes it: lists become sets where a set is declared, and optional attributes are filled in.
 * What does not fit is left to Terraform itself and to the provider's schema.
 * @param type such as map(object({ memory = optional(string) }))
 */
export function convert(value: Value, type: Expression): Value {
  if (value === null || type.kind !== 'call') return value;
  const [of] = type.args;
  if (of === undefined) return value;
  if (type.name === 'set') return new Set(itemsOf(value).map(([, item]) => convert(item, of)));
  if (type.name === 'list') return itemsOf(value).map(([, item]) => convert(item, of));
  if (type.name === 'map') {
    return Object.fromEntries(itemsOf(value).map(([key, item]) => [key, convert(item, of)]));
  }
  return type.name === 'object' ? convertObject(value, of) : value;
}

function convertObject(value: Value, attributes: Expression): Value {
  if (attributes.kind !== 'object') return value;
  const given = Object.fromEntries(itemsOf(value));
  return Object.fromEntries(
    attributes.entries.map(([key, type]) => {
      const name = String(evaluate(key, noNames));
      const optional = type.kind === 'call' && type.name === 'optional';
      const [of = type, otherwise] = optional ? type.args : [];
      if (given[name] !== undefined) return [name, convert(given[name], of)];
      if (!optional) throw new Error(`the attribute ${name} is missing`);
      return [name, otherwise === undefined ? null : evaluate(otherwise, noNames)];
    }),
  );
}

const noNames = (name: string): never => {
  throw new Error(`types hold no names, here "${name}"`);
};
