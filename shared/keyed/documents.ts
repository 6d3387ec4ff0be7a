import { idOf } from '../ids/ids.ts';
import { type Fields, millisOf, type Transaction } from '../windows/transaction.ts';
import { bitsOf, decodeCells, dueOf, emptyGroup, groupOf, type KeyGroup, splitGroup } from './key-group.ts';
import type { PipelineVersion } from './operator.ts';

/** One write of a transaction. */
export interface Change {
  readonly path: string;
  /** Undefined deletes the document. */
  readonly fields: Fields | undefined;
  /** Other fields of the document, which is there, stay. */
  readonly merge?: boolean;
  /** Size, where it is worth counting. */
  readonly bytes?: number;
}

/** Groups that are known to have been replaced by their halves, by operator: that is for ever, so it may be remembered. */
export type Forks = Map<string, Set<string>>;

/** Empty groups go after so long: until then they know how far their event time has come. */
const EMPTY_GROUPS_LAST_MS = 30 * 24 * 3600_000;

export const collectionOf = (step: string, name: string): string => `_millrace/${step}/${name}`;

export function groupPath(step: string, operator: string, name: string): string {
  return `${collectionOf(step, 'keyGroups')}/${operator}~${name}`;
}

/** Batch ids from outside may hold anything. */
export function ledgerPath(step: string, operator: string, batch: string): string {
  return `${collectionOf(step, 'keyLedger')}/${operator}~${/^[A-Za-z0-9][\w.-]{0,199}$/.test(batch) ? batch : `x-${idOf(batch)}`}`;
}

/** A group as it is stored. */
export interface StoredGroup {
  readonly group: KeyGroup;
  /** Whose definition its timers fire by: that of the last batch. */
  readonly definedBy: PipelineVersion;
}

/** `fork` where the group has been replaced by its halves. */
export function groupFrom(fields: Fields): StoredGroup | 'fork' {
  if (fields['fork'] === true) return 'fork';
  const at = (field: string): number | undefined => (fields[field] ? millisOf(fields[field]) : undefined);
  return {
    group: {
      name: String(fields['name']),
      cells: decodeCells(fields['state'] as Uint8Array),
      watermark: at('watermark'),
      wakeAt: at('wakeAt'),
      wakes: Number(fields['wakes']),
    },
    definedBy: { pipeline: String(fields['pipeline']), version: String(fields['version']) },
  };
}

/** Finds the groups of some keys, by as many requests as their depth is new to this instance. */
export async function readGroups(
  transaction: Transaction,
  step: string,
  operator: string,
  keys: Iterable<string>,
  forks: Forks,
): Promise<{ readonly groups: ReadonlyMap<string, KeyGroup>; readonly groupOfKey: (key: string) => string }> {
  const known = forks.get(operator) ?? new Set<string>();
  forks.set(operator, known);
  const bits = new Map([...keys].map(key => [key, bitsOf(key)]));
  const groups = new Map<string, KeyGroup>();
  for (;;) {
    const wanted = [...new Set([...bits.values()].map(one => groupOf(one, known)))];
    const missing = wanted.filter(name => !groups.has(name)).sort();
    if (missing.length === 0) break;
    const documents = await transaction.read(missing.map(name => groupPath(step, operator, name)));
    for (const [at, name] of missing.entries()) {
      const fields = documents[at];
      const stored = fields && groupFrom(fields);
      if (stored === 'fork') known.add(name);
      else groups.set(name, stored?.group ?? emptyGroup(name));
    }
  }
  return { groups, groupOfKey: key => groupOf(bits.get(key)!, known) };
}

/** Somebody is to look at a group at a moment by the clock. */
export interface Wake {
  readonly operator: string;
  readonly group: string;
  /** The group's count of wakes: a timer by an earlier one is out of date. */
  readonly wake: number;
  /** ms. */
  readonly at: number;
}

/** Events of the last moment are on their way still when the clock comes to their time. */
const STRAGGLERS_MS = 2000;

/** When an event timer is worth looking at, by the clock; undefined leaves it to the schedule. */
export type EventWake = (at: number) => number | undefined;

/** Sources near the clock come to a moment when the clock does; what lies behind it already is left to the schedule. */
export const withTheClock =
  (clock: number): EventWake =>
  at =>
    at > clock ? at + STRAGGLERS_MS : undefined;

/** What a group has come to, as documents, and when to look at them again. */
export function groupChanges(
  step: string,
  operator: string,
  definedBy: PipelineVersion,
  changed: KeyGroup,
  clock: number,
  eventWake: EventWake,
  groupBytes: number,
): { readonly changes: Change[]; readonly wakes: Wake[] } {
  const leaves = splitGroup(changed, groupBytes);
  const changes: Change[] = [];
  const wakes: Wake[] = [];
  const replaced = new Set(
    leaves.flatMap(({ group: { name } }) =>
      Array.from(name.slice(changed.name.length), (_, at) => name.slice(0, changed.name.length + at)),
    ),
  );
  for (const name of replaced)
    changes.push({ path: groupPath(step, operator, name), fields: { operator, fork: true } });
  for (const { group: leaf, state } of leaves) {
    const dueAt = dueOf(leaf.cells, 'processing');
    const dueWatermark = dueOf(leaf.cells, 'event');
    const wanted = earliest(dueAt, dueWatermark === undefined ? undefined : eventWake(dueWatermark));
    const set = leaf.wakeAt !== undefined && leaf.wakeAt > clock ? leaf.wakeAt : undefined;
    const anew = wanted !== undefined && (set === undefined || wanted < set);
    const wakeAt = anew ? wanted : set;
    const count = leaf.wakes + (anew ? 1 : 0);
    if (anew) wakes.push({ operator, group: leaf.name, wake: count, at: wanted });
    changes.push({
      path: groupPath(step, operator, leaf.name),
      bytes: state.length,
      fields: {
        operator,
        ...definedBy,
        name: leaf.name,
        state,
        keys: leaf.cells.size,
        watermark: dateOf(leaf.watermark),
        dueAt: dateOf(dueAt),
        dueWatermark: dateOf(dueWatermark),
        wakeAt: dateOf(wakeAt),
        wakes: count,
        ...(leaf.cells.size === 0 && { expireAt: new Date(clock + EMPTY_GROUPS_LAST_MS) }),
      },
    });
  }
  return { changes, wakes };
}

const dateOf = (at: number | undefined): Date | null => (at === undefined ? null : new Date(at));

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}

export function write(transaction: Transaction, changes: readonly Change[]): void {
  for (const { path, fields, merge } of changes) {
    if (fields && merge) transaction.update(path, fields);
    else if (fields) transaction.set(path, fields);
    else transaction.delete(path);
  }
}
