import type { DocumentData, Firestore, QuerySnapshot } from '@google-cloud/firestore';
import { PIPELINE, type Quake } from './events.ts';

const HOUR_MS = 3600_000;
/** Least magnitude, in tenths, of the pipeline's alert rule. */
const STRONG = 50;

export interface Total {
  readonly count: number;
  /** Of all magnitudes, in tenths. */
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** All that clients see of a workload, whether computed or read. */
export interface State {
  /** By window's start and key. */
  readonly windows: ReadonlyMap<string, Total>;
  /** How many alerts each event has raised. */
  readonly alerts: ReadonlyMap<string, number>;
  /** How many dead letters each event has; deliveries that were given up under their trigger. */
  readonly letters: ReadonlyMap<string, number>;
  /** By key: the id of its latest event. */
  readonly entities: ReadonlyMap<string, string>;
}

/** Counts a value into the total of a window and key. */
export function addTotal(totals: Map<string, Total>, at: string, value: number): void {
  const { count, sum, min, max } = totals.get(at) ?? { count: 0, sum: 0, min: value, max: value };
  totals.set(at, {
    count: count + 1,
    sum: sum + value,
    min: Math.min(min, value),
    max: Math.max(max, value),
  });
}

/** What must come out, computed from the events without any of Millrace. */
export function oracle(events: readonly Quake[]): State {
  const windows = new Map<string, Total>();
  const latest = new Map<string, Quake>();
  for (const event of events) {
    if (event.poison) continue;
    const { time, network, tenths } = event;
    const at = `${new Date(time - (time % HOUR_MS)).toISOString()} ${network}`;
    addTotal(windows, at, tenths);
    if (time > (latest.get(network)?.time ?? 0)) latest.set(network, event);
  }
  const each = (some: readonly Quake[]) => new Map(some.map(({ id }) => [id, 1]));
  return {
    windows,
    alerts: each(events.filter(({ poison, tenths }) => !poison && tenths >= STRONG)),
    letters: each(events.filter(({ poison }) => poison)),
    entities: new Map([...latest].map(([network, { id }]) => [network, id])),
  };
}

/** The same from the documents. */
export async function readState(firestore: Firestore): Promise<State> {
  const [panes, alerts, letters, entities] = await Promise.all([
    firestore.collection(`windows/${PIPELINE}/panes`).where('window', '==', 'hourly').get(),
    firestore.collection('alerts').where('rule', '==', 'strong').get(),
    firestore.collection('deadLetters').get(),
    firestore.collection(`entities/${PIPELINE}/entityItems`).get(),
  ]);
  return {
    windows: new Map(panes.docs.flatMap(pane => totalsOf(pane.data()))),
    alerts: tally(alerts, alert => alert['event'].id),
    letters: tally(letters, letter =>
      letter['kind'] === 'failed' ? `given up by ${letter['trigger']}` : idIn(letter['excerpt']),
    ),
    entities: new Map(entities.docs.map(entity => [entity.get('key'), entity.get('data').id])),
  };
}

function totalsOf(pane: DocumentData): [string, Total][] {
  const start = (pane['start'].toDate() as Date).toISOString();
  const tenths = (value: number): number => Math.round(value * 10);
  return Object.entries(pane['keys'] as Record<string, { count: number; magnitude: Total }>).map(
    ([
      key,
      {
        count,
        magnitude: { sum, min, max },
      },
    ]) => [`${start} ${key}`, { count, sum: tenths(sum), min: tenths(min), max: tenths(max) }],
  );
}

function tally(found: QuerySnapshot, nameOf: (data: DocumentData) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const document of found.docs) {
    const name = nameOf(document.data());
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

const idIn = (excerpt: string): string => /"id":"([^"]+)"/.exec(excerpt)?.[1] ?? excerpt;

export interface Verdict {
  /** Events that are missing in windows, alerts or dead letters, and those that are there too often. */
  readonly lost: number;
  readonly doubled: number;
  /** What differs, in words; nothing where the states are equal. */
  readonly differences: readonly string[];
}

export function compare(expected: State, found: State): Verdict {
  let lost = 0;
  let doubled = 0;
  const differences: string[] = [];
  const count = (what: string, wanted: number, got: number): void => {
    lost += Math.max(0, wanted - got);
    doubled += Math.max(0, got - wanted);
    if (wanted !== got) differences.push(`${what}: ${got} instead of ${wanted}`);
  };
  for (const name of both(expected.windows, found.windows)) {
    const [wanted, got] = [expected.windows.get(name), found.windows.get(name)];
    count(`window ${name}, events`, wanted?.count ?? 0, got?.count ?? 0);
    if (wanted && got && wanted.count === got.count && JSON.stringify(wanted) !== JSON.stringify(got)) {
      differences.push(`window ${name}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
    }
  }
  for (const name of ['alerts', 'letters'] as const) {
    for (const id of both(expected[name], found[name])) {
      count(`${name} of ${id}`, expected[name].get(id) ?? 0, found[name].get(id) ?? 0);
    }
  }
  for (const key of both(expected.entities, found.entities)) {
    const [wanted, got] = [expected.entities.get(key), found.entities.get(key)];
    if (wanted !== got) differences.push(`entity ${key}: ${got} instead of ${wanted}`);
  }
  return { lost, doubled, differences };
}

const both = (a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): Set<string> =>
  new Set([...a.keys(), ...b.keys()]);
