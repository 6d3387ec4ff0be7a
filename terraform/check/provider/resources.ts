import { applied } from '../applied.ts';
import type { Attribute, Block } from '../schema.ts';
import { UNKNOWN, type Wire } from './msgpack.ts';

type Fields = { [key: string]: Wire };

/**
 * The planned state. Of a new resource, what is computed and not configured is unknown until the apply; of one that is
 * there, Terraform has proposed what is known of it already.
 */
export function planned(type: string, block: Block, prior: Wire, proposed: Wire): Wire {
  const fields = proposed as Fields;
  if (prior === null) return withComputedBlocks(type, markUnknown(block, fields), UNKNOWN);
  return withComputedBlocks(type, fields, (prior as Fields)['transport'] ?? []);
}

/** The provider computes the whole block where none is configured. */
function withComputedBlocks(type: string, fields: Fields, transport: Wire): Fields {
  if (type !== 'google_eventarc_trigger' || (fields['transport'] as Wire[]).length > 0) return fields;
  return { ...fields, transport };
}

function markUnknown(block: Block, fields: Fields): Fields {
  const result: Fields = {};
  for (const [name, { mode }] of Object.entries(block.attributes)) {
    const value = fields[name] ?? null;
    result[name] = value === null && mode.endsWith('computed') ? UNKNOWN : value;
  }
  for (const [name, nested] of Object.entries(block.blocks)) {
    const value = fields[name] ?? null;
    result[name] = Array.isArray(value) ? value.map(item => markUnknown(nested, item as Fields)) : value;
  }
  return result;
}

/** The state after the apply, where nothing is unknown. */
export function settled(type: string, block: Block, state: Wire): Wire {
  const known = settle(block, state as Fields);
  return conform(block, applied(type, { ...known }) as Fields);
}

function settle(block: Block, fields: Fields): Fields {
  const result: Fields = {};
  for (const [name, { type }] of Object.entries(block.attributes)) {
    const value = fields[name] ?? null;
    result[name] = value === UNKNOWN ? emptyOf(type) : value;
  }
  for (const [name, nested] of Object.entries(block.blocks)) {
    const value = fields[name] ?? null;
    if (value === UNKNOWN) result[name] = [];
    else result[name] = Array.isArray(value) ? value.map(item => settle(nested, item as Fields)) : value;
  }
  return result;
}

/** Terraform wants every attribute that the schema names, and no other. */
function conform(block: Block, fields: Fields): Fields {
  const attributes = Object.keys(block.attributes).map(name => [name, fields[name] ?? null] as const);
  const blocks = Object.entries(block.blocks).map(([name, nested]) => {
    const value = fields[name] ?? null;
    const items = Array.isArray(value) ? value.map(item => conform(nested, item as Fields)) : value;
    return [name, items ?? (nested.nesting === 'single' ? null : [])] as const;
  });
  return Object.fromEntries([...attributes, ...blocks]);
}

/** An empty state of a type: what an import begins with. */
export function blank(block: Block, known: Fields): Wire {
  return conform(block, known);
}

function emptyOf(type: Attribute['type']): Wire {
  if (type === 'string') return '';
  if (type === 'map(string)') return {};
  return type === 'bool' || type === 'number' || type === 'dynamic' ? null : [];
}
