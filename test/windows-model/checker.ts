import type { LedgerEntry } from '../../functions/aggregate/ledger.ts';
import type { EventBatch, PipelineEvent } from '../../shared/batches/batch.ts';
import { type ShownStatistics, statistics } from '../../shared/streams/aggregations/statistics.ts';
import type { Fields } from '../../shared/windows/transaction.ts';
import type { Scenario } from './scenario.ts';

type Keys = Record<string, { count: number; value?: ShownStatistics }>;

/** Watches everything that becomes visible, and says what is wrong with it. */
export interface Checker {
  readonly problems: string[];
  committed(path: string, fields: Fields | undefined): void;
  /** Late events of a batch were sent to the dead letters. */
  late(batch: EventBatch, entry: LedgerEntry): void;
  /** All is quiet: every window is closed, every upload done. */
  end(): void;
}

/** The windows of an event, as the oracle sees them: computed from scratch, nothing of the steps in it. */
function windowsOf(event: PipelineEvent): string[] {
  const time = Date.parse(event.time);
  return Object.entries({ short: 10_000, long: 25_000 }).map(
    ([name, size]) => `${name}~${new Date(time - (time % size)).toISOString()}`,
  );
}

export function checkerOf(scenario: Scenario): Checker {
  const problems: string[] = [];
  const panes = new Map<string, Fields[]>();
  const late = new Map<string, Set<string>>();
  const uploads = new Map<string, Fields>();
  const all = scenario.batches.flatMap(({ batch }) =>
    batch.events.flatMap(event =>
      windowsOf(event).map(window => ({ event, window, batch, id: `${event.id} in ${window}` })),
    ),
  );
  const lateIds = (): Set<string> => new Set([...late.values()].flatMap(ids => [...ids]));

  const expected = (window: string, without: ReadonlySet<string>): string => {
    const keys = new Map<string, { count: number; value: ReturnType<typeof statistics.empty> }>();
    const counted = new Set(without);
    for (const { event, window: own, id } of all) {
      // Ids come again only where a pipeline recognises them: each counts once.
      if (own !== window || counted.has(id)) continue;
      counted.add(id);
      const group = keys.get(event.partitionkey) ?? { count: 0, value: statistics.empty() };
      keys.set(event.partitionkey, group);
      group.count++;
      statistics.add(group.value, event.data['value'], 0, event);
    }
    return describe(
      Object.fromEntries(
        [...keys].map(([key, { count, value }]) => [
          key,
          { count, value: statistics.show(value, { start: 0, end: 1, latest: 0 }) },
        ]),
      ),
    );
  };

  const checkPane = (window: string, pane: Fields): void => {
    const before = panes.get(window) ?? [];
    const last = before.at(-1);
    if (last?.['final']) problems.push(`${window}: a pane after the final one`);
    if (pane['index'] !== before.length)
      problems.push(`${window}: index ${pane['index']}, not ${before.length}`);
    if (last && Number(last['count']) > Number(pane['count'])) problems.push(`${window}: the count fell`);
    const fired = before.some(({ timing }) => timing !== 'early');
    const timings = fired ? ['onTime', 'late'] : ['early', 'onTime'];
    if (!timings.includes(String(pane['timing']))) problems.push(`${window}: ${pane['timing']} out of turn`);
    // What uploads alone feed is on time once all of them have been counted.
    const own = all.filter(event => event.window === window);
    if (pane['timing'] === 'onTime' && !fired && own.every(({ batch }) => batch.upload !== undefined)) {
      if (describe(pane['keys'] as Keys) !== expected(window, new Set()))
        problems.push(`${window}: on time, not whole`);
    }
    panes.set(window, [...before, pane]);
  };

  const checkDone = (id: string, upload: Fields): void => {
    const mine = scenario.batches.filter(({ batch }) => batch.upload === id).map(({ batch }) => batch);
    const counts = upload['counts'] as Record<'accepted' | 'rejected' | 'late' | 'repeated', number>;
    const records = mine.reduce((sum, { records }) => sum + records, 0);
    if (counts.accepted + counts.rejected + counts.late + counts.repeated !== records) {
      problems.push(`${id}: ${JSON.stringify(counts)} are not ${records} records`);
    }
    for (const { window, batch } of all) {
      if (batch.upload === id && !panes.has(window)) problems.push(`${id}: done without ${window}`);
    }
  };

  return {
    problems,
    committed(path, fields) {
      if (!fields) return;
      if (path.startsWith('windows/')) checkPane(path.split('/').at(-1)!, fields);
      if (path.startsWith('uploads/')) {
        const id = path.slice('uploads/'.length);
        if (fields['state'] === 'done') {
          if (uploads.has(id)) problems.push(`${id}: done twice`);
          uploads.set(id, fields);
          checkDone(id, fields);
        }
      }
    },
    late(batch, { lateEvents }) {
      const ids = lateEvents.map(({ event, window, start }) => {
        const name = `${window}~${new Date(start).toISOString()}`;
        if (!panes.get(name)?.at(-1)?.['final']) problems.push(`${name}: late, yet not closed`);
        return `${batch.events[event]!.id} in ${name}`;
      });
      const before = late.get(batch.id);
      if (before && describe([...before]) !== describe(ids))
        problems.push(`${batch.id}: late otherwise than before`);
      late.set(batch.id, new Set(ids));
    },
    end() {
      const without = lateIds();
      for (const window of new Set(all.map(event => event.window))) {
        const pane = panes.get(window)?.at(-1);
        const whole = expected(window, without);
        if (!pane?.['final']) {
          if (whole !== '{}' || pane) problems.push(`${window}: never closed`);
        } else if (describe(pane['keys'] as Keys) !== whole) {
          problems.push(`${window}: ${describe(pane['keys'] as Keys)}, expected ${whole}`);
        }
      }
      for (const id of scenario.uploads.keys()) if (!uploads.has(id)) problems.push(`${id}: never done`);
    },
  };
}

function describe(value: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
}
