import type { Fields } from './applied.ts';
import { schema } from './files.ts';
import type { Instance } from './hcl/module.ts';
import type { Block } from './schema.ts';

/** What `terraform show -json` says of a state. */
export interface State {
  readonly values?: { readonly root_module: StateModule };
}
interface StateModule {
  readonly resources?: readonly StateResource[];
  readonly child_modules?: readonly StateModule[];
}
interface StateResource {
  readonly address: string;
  readonly type: string;
  readonly mode: 'managed' | 'data';
  readonly values: Fields;
}

/**
 * Where Terraform's state and our own evaluation of the same files are not alike.
 * @param imported attributes that come with an import and are left as they are
 */
export function compareStates(
  state: State,
  instances: readonly Instance[],
  imported: readonly string[] = [],
): string[] {
  const theirs = new Map(
    resourcesOf(state.values?.root_module ?? {}).map(resource => [resource.address, resource]),
  );
  const problems = instances.flatMap(({ address, type, mode, fields }) => {
    const resource = theirs.get(address);
    if (resource === undefined) return [`${address} is not in Terraform's state`];
    const block = (mode === 'data' ? schema.data : schema.resources)[type];
    const [is, should] = [resource.values, fields].map(values =>
      JSON.stringify(plain(block, values, imported)),
    );
    return is === should ? [] : [`${address}: Terraform says ${is}, the evaluation ${should}`];
  });
  const ours = new Set(instances.map(({ address }) => address));
  return [
    ...problems,
    ...[...theirs.keys()]
      .filter(address => !ours.has(address))
      .map(one => `${one} is only in Terraform's state`),
  ];
}

const resourcesOf = (module: StateModule): readonly StateResource[] => [
  ...(module.resources ?? []),
  ...(module.child_modules ?? []).flatMap(resourcesOf),
];

/** In one order, without what is empty, everything as text: so much may differ without a difference. */
function plain(block: Block | undefined, fields: Fields, without: readonly string[] = []): unknown {
  const entries = Object.entries(fields).map(([name, value]) => {
    const nested = block?.blocks[name];
    if (nested === undefined || !Array.isArray(value)) return [name, text(value)] as const;
    const items = value.map(item => plain(nested, item as Fields));
    const sorted = items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    return [name, items.length === 0 ? undefined : nested.nesting === 'set' ? sorted : items] as const;
  });
  return Object.fromEntries(
    entries
      .filter(([name, value]) => value !== undefined && !without.includes(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function text(value: unknown): unknown {
  if (value === null || value === '' || value === undefined) return undefined;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).flatMap(([key, item]) =>
    text(item) === undefined ? [] : [[key, text(item)] as const],
  );
  return entries.length === 0 ? undefined : entries.sort(([a], [b]) => (a < b ? -1 : 1));
}
