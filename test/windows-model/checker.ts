import type { LedgerEntry } from '../../functions/aggregate/ledger.ts';
import { ledgerPath } from '../../functions/aggregate/ledger.ts';
import type { EventBatch } from '../../shared/batches/batch.ts';
import { type Fields, millisOf } from '../../shared/windows/transaction.ts';
import { formOf } from './forms.ts';
import { contentOf, described, instanceOf, type Placed, placedIn, sessionsOf, startsAt } from './oracle.ts';
import type { Scenario } from './scenario.ts';

type Keys = Readonly<Record<string, { readonly count: number }>>;

/** Watches everything that becomes visible, and says what is wrong with it. */
export interface Checker {
  readonly problems: string[];
  committed(path: string, fields: Fields | undefined): void;
  /** Late events of a batch were sent to the dead letters. */
  late(batch: EventBatch, entry: LedgerEntry): void;
  /** All is quiet: every window is closed, every upload done. Nothing that is shown may change any more. */
  end(): void;
}

/** @param crashes whether some actors die: what goes on from a slice may then come late into the next one */
export function checkerOf(scenario: Scenario, crashes: boolean): Checker {
  const problems: string[] = [];
  const all = placedIn(scenario);
  const plainVersions = new Set(all.flatMap(({ plain, batch }) => (plain ? [batch.version] : [])));
  const batches = new Map(scenario.batches.map(({ batch }) => [ledgerPath(batch.id), batch]));
  /** Panes of a window, in the order in which they came; of those that discard what each of them held. */
  const panes = new Map<string, Fields[]>();
  const discarded = new Map<string, Map<unknown, Keys>>();
  const holders = new Map<string, string>();
  const closedSlices = new Set<string>();
  const uploads = new Map<string, Fields>();
  /** By event: the windows that had closed when it was counted; undefined where it was late for all of them. */
  const fates = new Map<string, ReadonlySet<string> | undefined>();
  const countedOf = new Map<string, number>();
  const lateOf = new Map<string, string>();
  const hasLive = all.some(({ batch }) => batch.upload === undefined);
  let ended = false;

  const isFinal = (instance: string): boolean => panes.get(instance)?.at(-1)?.['final'] === true;
  const instancesOf = ({ form, time, plain }: Placed): string[] =>
    startsAt(form, time).map(start => instanceOf(form.name, start, plain));

  /** Distinct events that count in a window: not those that came when it had closed. */
  const countedIn = (instance: string, late = true): Placed[] => {
    const seen = new Set<string>();
    return all.filter(one => {
      if (seen.has(one.id) || !instancesOf(one).includes(instance)) return false;
      seen.add(one.id);
      return !late || (fates.has(one.id) && fates.get(one.id)?.has(instance) === false);
    });
  };

  /** A batch, or a part of one, has been counted: what of it is not late counts in each of its windows that is open. */
  const checkCounted = (path: string, entry: LedgerEntry): void => {
    const batch = batches.get(path)!;
    const from = countedOf.get(path) ?? 0;
    countedOf.set(path, entry.counted);
    for (const one of all) {
      const index = one.batch === batch ? batch.events.indexOf(one.event) : -1;
      if (index < from || index >= entry.counted || fates.has(one.id)) continue;
      const isLate = entry.lateEvents.some(late => late.event === index && late.window === one.form.name);
      const closed = new Set(instancesOf(one).filter(isFinal));
      fates.set(one.id, isLate ? undefined : closed);
      if (!isLate && closed.size === instancesOf(one).length) problems.push(`${one.id}: counted nowhere`);
    }
  };

  const checkPane = (path: string, pane: Fields): void => {
    const form = formOf(String(pane['window']));
    const plain = plainVersions.has(String(pane['version']));
    const instance = instanceOf(form.name, millisOf(pane['start']), plain);
    if ((holders.get(path) ?? instance) !== instance) problems.push(`${path}: of two definitions`);
    holders.set(path, instance);
    if (ended) problems.push(`${instance}: shown once more`);
    if (pane['pane'] !== undefined) {
      discarded.set(instance, (discarded.get(instance) ?? new Map()).set(pane['pane'], pane['keys'] as Keys));
      return;
    }
    const before = panes.get(instance) ?? [];
    const last = before.at(-1);
    if (last?.['final']) problems.push(`${instance}: a pane after the final one`);
    if (pane['index'] !== before.length)
      problems.push(`${instance}: index ${pane['index']}, not ${before.length}`);
    // Sessions that late events join are shown where the whole ends.
    if (form.kind !== 'session' && last && Number(last['count']) > Number(pane['count']))
      problems.push(`${instance}: the count fell`);
    const fired = before.some(({ timing }) => timing !== 'early');
    const timings = fired ? ['onTime', 'late'] : ['early', 'onTime'];
    if (!timings.includes(String(pane['timing'])))
      problems.push(`${instance}: ${pane['timing']} out of turn`);
    if (form.kind === 'global' && pane['timing'] !== 'early') problems.push(`${instance}: never over`);
    panes.set(instance, [...before, pane]);
    // What uploads alone feed is on time once all of them have been counted.
    const own = countedIn(instance, false);
    const mine = all.filter(one => one.form === form && one.plain === plain);
    const chained = form.kind === 'session' && crashes;
    if (
      pane['timing'] === 'onTime' &&
      !fired &&
      !chained &&
      mine.every(({ batch }) => batch.upload !== undefined)
    ) {
      const whole =
        form.kind === 'session'
          ? described(sessionsIn(pane)) ===
            described(endingIn(pane, sessionsOf(mine.filter(first), form.size * 1000)))
          : pane['count'] === own.length;
      if (!whole) problems.push(`${instance}: on time, not whole`);
    }
  };

  const checkDone = (id: string, upload: Fields): void => {
    const mine = scenario.batches.filter(({ batch }) => batch.upload === id).map(({ batch }) => batch);
    const counts = upload['counts'] as Record<'accepted' | 'rejected' | 'late' | 'repeated', number>;
    const records = mine.reduce((sum, { records }) => sum + records, 0);
    if (counts.accepted + counts.rejected + counts.late + counts.repeated !== records) {
      problems.push(`${id}: ${JSON.stringify(counts)} are not ${records} records`);
    }
    for (const one of all) {
      if (one.batch.upload !== id || !fates.get(one.id) || one.form.kind === 'session') continue;
      // Until it is over, such a window is shown when it says.
      if ((one.form.kind || one.form.early) && (hasLive || scenario.uploads.size > 1)) continue;
      if (!instancesOf(one).some(instance => panes.has(instance)))
        problems.push(`${id}: done without ${one.id}`);
    }
  };

  const checkEnd = (instance: string, { form }: Placed): void => {
    const shown = panes.get(instance)?.at(-1);
    const events = countedIn(instance);
    if (form.kind !== 'global' && !shown?.['final'] && (events.length > 0 || shown))
      problems.push(`${instance}: never closed`);
    if (!shown) {
      if (events.length > 0) problems.push(`${instance}: never shown`);
    } else if (form.panes === 'discarding') {
      const held = merged([...(discarded.get(instance) ?? new Map<unknown, Keys>()).values()]);
      const counts = Object.entries(JSON.parse(contentOf(events)) as Keys).map(([key, { count }]) => [
        key,
        count,
      ]);
      if (described(held) !== described(Object.fromEntries(counts)))
        problems.push(`${instance}: panes hold ${described(held)}, expected ${described(counts)}`);
      if (shown['count'] !== events.length) problems.push(`${instance}: ${shown['count']} in all`);
    } else if (described(shown['keys'] as Keys) !== contentOf(events)) {
      problems.push(`${instance}: ${described(shown['keys'] as Keys)}, expected ${contentOf(events)}`);
    }
  };

  const checkSessions = (name: string, plain: boolean): void => {
    const mine = all.filter(({ form, plain: own }) => form.name === name && own === plain);
    const counted = mine.filter(one => first(one) && fates.get(one.id));
    const wanted = sessionsOf(counted, formOf(name).size * 1000).sort();
    const shown = [...panes].flatMap(([instance, all]) => {
      const pane = all.at(-1)!;
      if (!instance.startsWith(`${name}~`) || plainVersions.has(String(pane['version'])) !== plain) return [];
      if (!pane['final']) problems.push(`${instance}: never closed`);
      return sessionsIn(pane);
    });
    if (described(shown.sort()) !== described(wanted))
      problems.push(`${name}: sessions ${shown.join(' ')}, expected ${wanted.join(' ')}`);
  };

  /** Of an event that batches bring again, the one that counts. */
  const first = (one: Placed): boolean => all.find(({ id }) => id === one.id) === one;

  return {
    problems,
    committed(path, fields) {
      if (!fields) return;
      if (path.startsWith('windows/') && fields['part'] === undefined) checkPane(path, fields);
      if (batches.has(path) && !ended) checkCounted(path, fields as unknown as LedgerEntry);
      if (path.endsWith('~0') && fields['sealed'] === true)
        closedSlices.add(`${fields['window']} ${millisOf(fields['start'])}`);
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
      const plain = plainVersions.has(batch.version);
      for (const { event, window, start } of lateEvents) {
        const form = formOf(window);
        const time = Date.parse(batch.events[event]!.time);
        const instance = instanceOf(window, start, plain);
        if (startsAt(form, time).at(-1) !== start) problems.push(`${instance}: not the last of its windows`);
        const closed =
          form.kind === 'session'
            ? [start, start + form.size * 1000].some(own => closedSlices.has(`${window} ${own}`))
            : isFinal(instance);
        if (!closed) problems.push(`${instance}: late, yet not closed`);
      }
      const known = lateOf.get(batch.id);
      if (known !== undefined && known !== JSON.stringify(lateEvents))
        problems.push(`${batch.id}: late otherwise than before`);
      lateOf.set(batch.id, JSON.stringify(lateEvents));
    },
    end() {
      const instances = new Map(
        all.flatMap(one => instancesOf(one).map(instance => [instance, one] as const)),
      );
      const sessions = new Map<string, Placed>();
      for (const [instance, one] of instances) {
        if (one.form.kind === 'session') sessions.set(`${one.form.name} ${one.plain}`, one);
        else checkEnd(instance, one);
      }
      for (const { form, plain } of sessions.values()) checkSessions(form.name, plain);
      for (const one of all) if (!fates.has(one.id)) problems.push(`${one.id}: neither counted nor late`);
      for (const id of scenario.uploads.keys()) if (!uploads.has(id)) problems.push(`${id}: never done`);
      ended = true;
    },
  };
}

function sessionsIn({ keys }: Fields): string[] {
  return Object.entries(keys as Keys)
    .map(([key, session]) => described({ key, ...session }))
    .sort();
}

/** Those that end in a pane's stretch of time, its end included: no event at the end would belong to them. */
function endingIn(pane: Fields, sessions: readonly string[]): string[] {
  const [start, end] = [millisOf(pane['start']), millisOf(pane['end'])];
  return sessions
    .filter(text => {
      const over = Date.parse((JSON.parse(text) as { end: string }).end);
      return over > start && over <= end;
    })
    .sort();
}

function merged(all: readonly Keys[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const keys of all)
    for (const [key, { count }] of Object.entries(keys)) counts[key] = (counts[key] ?? 0) + count;
  return counts;
}
