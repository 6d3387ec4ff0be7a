import { isText, listOf, mapOf, type Unchecked } from './fault.ts';
import type { Path } from './pipeline.ts';

/** Where a path through a record's schema ends. */
export type End =
  /** At a value; `types` only where the schema names them. */
  | { readonly types: readonly string[] | undefined }
  /** At a name that is not among the properties listed at `path` within the schema. */
  | { readonly unknown: string; readonly known: readonly string[]; readonly path: readonly string[] }
  /** At a value, after `depth` segments, that has nothing inside. */
  | { readonly leaf: readonly string[]; readonly depth: number };

/** Keywords that say in a roundabout way what a value is: behind them anything is possible. */
export const ROUNDABOUT = ['$ref', '$dynamicRef', 'allOf', 'anyOf', 'oneOf', 'if', 'patternProperties'];

const TYPES = new Set(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']);

/** Follows a path as far as `properties` and `items` say. A property that they list no word about counts as unknown. */
export function follow(schema: unknown, segments: Path): End {
  let node = schema;
  const at: string[] = [];
  for (const [depth, segment] of segments.entries()) {
    const here = mapOf(node);
    if (ROUNDABOUT.some(keyword => Object.hasOwn(here, keyword))) return { types: undefined };
    const types = typesOf(here);
    if (types && !types.includes(isText(segment) ? 'object' : 'array')) return { leaf: types, depth };
    if (isText(segment)) {
      const properties = here['properties'];
      const others = here['additionalProperties'];
      if (properties === undefined || typeof properties !== 'object') return { types: undefined };
      if (!Object.hasOwn(mapOf(properties), segment)) {
        if (!others)
          return { unknown: segment, known: Object.keys(mapOf(properties)), path: [...at, 'properties'] };
        node = others;
      } else {
        node = mapOf(properties)[segment];
        at.push('properties', segment);
      }
    } else {
      node = listOf(here['prefixItems'])[segment] ?? here['items'];
      at.push('items');
    }
  }
  const end = mapOf(node);
  return { types: ROUNDABOUT.some(keyword => Object.hasOwn(end, keyword)) ? undefined : typesOf(end) };
}

export function typesOf(schema: Unchecked): readonly string[] | undefined {
  const type = schema['type'];
  const types = [type].flat().filter((one): one is string => isText(one) && TYPES.has(one));
  return types.length > 0 ? types : undefined;
}
