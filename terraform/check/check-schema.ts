import type { Fields } from './applied.ts';
import { schema } from './files.ts';
import type { Instance } from './hcl/module.ts';
import type { Attribute, Block } from './schema.ts';

/** What the provider's schema refuses: unknown and missing arguments, wrong types, too few or too many blocks. */
export function checkSchema(instances: readonly Instance[]): string[] {
  return instances.flatMap(({ address, type, mode, configured }) => {
    const block = (mode === 'data' ? schema.data : schema.resources)[type];
    if (block === undefined)
      return [`${address}: ${type} is not in terraform/check/schema.json: add it in derive-schema.ts`];
    return checkBlock(block, configured).map(problem => `${address}: ${problem}`);
  });
}

function checkBlock(block: Block, fields: Fields): string[] {
  const problems: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const attribute = block.attributes[name];
    if (attribute === undefined && block.blocks[name] === undefined) problems.push(`${name} is no argument`);
    if (attribute === undefined) continue;
    if (attribute.mode === 'computed') problems.push(`${name} cannot be set`);
    else if (!FITS[attribute.type](value)) {
      problems.push(`${name} is ${JSON.stringify(value)}, expected ${attribute.type}`);
    }
  }
  for (const [name, { mode }] of Object.entries(block.attributes)) {
    if (mode === 'required' && fields[name] === undefined) problems.push(`${name} is missing`);
  }
  for (const [name, nested] of Object.entries(block.blocks)) {
    const blocks = (fields[name] ?? []) as readonly Fields[];
    if (blocks.length < nested.min) problems.push(`a block ${name} is missing`);
    if (nested.max > 0 && blocks.length > nested.max)
      problems.push(`${blocks.length} blocks ${name}, expected ${nested.max}`);
    problems.push(...blocks.flatMap(item => checkBlock(nested, item)).map(problem => `${name}.${problem}`));
  }
  return problems;
}

const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
const isNumber = (value: unknown): boolean =>
  typeof value !== 'boolean' && value !== '' && Number.isFinite(Number(value));
const isList = (fits: (value: unknown) => boolean) => (value: unknown) =>
  (Array.isArray(value) || value instanceof Set) && [...value].every(fits);

/** Terraform converts texts, numbers and truth values where it can. */
const FITS: Readonly<Record<Attribute['type'], (value: unknown) => boolean>> = {
  string: isPlain,
  number: isNumber,
  bool: value => value === true || value === false || value === 'true' || value === 'false',
  'map(string)': value => typeof value === 'object' && Object.values(value ?? {}).every(isPlain),
  'list(string)': isList(isPlain),
  'set(string)': isList(isPlain),
  'list(number)': isList(isNumber),
  dynamic: () => true,
};
