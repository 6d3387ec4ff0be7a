import { idOf } from '../../shared/ids/ids.ts';
import type { KeyedProcess, KeyTimer } from '../../shared/keyed/process.ts';
import type { SilenceRule } from '../../shared/pipelines/pipeline.ts';
import type { Fields } from '../../shared/windows/transaction.ts';

/** What is remembered of a key. */
export interface Heard {
  /** By the clock, ms: when something last came, to within a twentieth of the rule's silence. */
  readonly at: number;
  /** An alert is open. */
  readonly open?: true;
}

/** What becomes of an alert: all of it when it opens, else what changes. */
export interface SilenceAlert {
  readonly id: string;
  readonly kind: 'opened' | 'closed';
  readonly fields: Fields;
}

/** After so long an open alert closes, and the key is forgotten: it will not come back. */
const FORGOTTEN_MS = 30 * 24 * 3600_000;

/**
 * | a key is | what happens | then |
 * |---|---|---|
 * | new, or heard of lately | a live event comes | the clock begins anew |
 * | heard of | nothing comes for the rule's time | an alert opens, known by rule, key and when it was last heard of |
 * | silent | a live event comes | the alert closes |
 * | silent | nothing comes for 30 days | the alert closes as forgotten, and so is the key |
 *
 * By the clock that gives events to keys, not by the events' own times: a device that sends old readings is not silent.
 * Events of uploads say nothing of the present.
 */
export function silence(pipeline: string, rule: SilenceRule): KeyedProcess<Heard, SilenceAlert> {
  const silent = rule.after * 1000;
  // So that a key that speaks all the time is not written all the time: an alert may come later by as much, never sooner.
  const slack = Math.floor(silent / 20);
  const timersOf = ({ at, open }: Heard): KeyTimer[] => [
    { time: 'processing', at: at + silent + slack + (open ? FORGOTTEN_MS : 0) },
  ];
  const kept = (state: Heard, emit: readonly SilenceAlert[] = []) => ({
    state,
    timers: timersOf(state),
    emit,
  });
  return (key, state, input, { clock }) => {
    if ('timer' in input) {
      if (!state) return { state, timers: [], emit: [] };
      if (!state.open) return kept({ ...state, open: true }, [opened(pipeline, rule, key, state)]);
      const alert = closed(alertId(pipeline, rule.name, key, state), clock, true);
      return { state: undefined, timers: [], emit: [alert] };
    }
    if (!input.live) return state ? kept(state) : { state, timers: [], emit: [] };
    if (state?.open) return kept({ at: clock }, [closed(alertId(pipeline, rule.name, key, state), clock)]);
    return kept(state && clock - state.at < slack ? state : { at: clock });
  };
}

/** For a rule that its pipeline no longer has: what is remembered goes, and an open alert closes, at its key's next timer. */
export function forgetting(pipeline: string, rule: string): KeyedProcess<Heard, SilenceAlert> {
  return (key, state, _input, { clock }) => ({
    state: undefined,
    timers: [],
    emit: state?.open ? [closed(alertId(pipeline, rule, key, state), clock, true)] : [],
  });
}

function alertId(pipeline: string, rule: string, key: string, { at }: Heard): string {
  return `${rule}-${idOf(pipeline, rule, key, String(at))}`;
}

function opened(pipeline: string, rule: SilenceRule, key: string, heard: Heard): SilenceAlert {
  const since = new Date(heard.at);
  const at = new Date(heard.at + rule.after * 1000);
  const places: Readonly<Record<string, string>> = { key, since: since.toISOString() };
  return {
    id: alertId(pipeline, rule.name, key, heard),
    kind: 'opened',
    fields: {
      pipeline,
      rule: rule.name,
      severity: rule.severity,
      state: 'open',
      title: rule.title.replace(/\{(\w+)\}/g, (place, name: string) => places[name] ?? place),
      key,
      time: at,
      since,
      openedAt: at,
      silentFor: rule.after,
    },
  };
}

function closed(id: string, clock: number, forgotten = false): SilenceAlert {
  const fields = { state: 'closed', closedAt: new Date(clock), ...(forgotten && { forgotten }) };
  return { id, kind: 'closed', fields };
}
