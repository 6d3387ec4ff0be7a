import type { EventIdentity } from './aggregations/accumulator.ts';
import type { Plan } from './measures.ts';
import { addEvent, copyOf, extendTimes, type Group, mergeGroup, type WindowState } from './state.ts';

/*
 * Sessions as slices. A slice is as long as the gap, so all events of a key in it belong to one session: a slice's state is
 * an ordinary one whose groups know their times (`state.ts`), and merges, splits and travels like any other. What goes on
 * beyond a slice is carried into the next one. Of each key at most one session ends in a slice: a second one would begin a
 * gap or more after the first one's last event, and that lies less than a gap before the slice, or at its start.
 */

/** What a slice of sessions comes to. What has not changed is shared with what was carried into it, which nobody may change. */
export interface Sessions {
  /** Those that end in the slice: no event of theirs can follow. At most one a key. */
  readonly ended: WindowState;
  /** Those that an event of the next slice can still belong to. At most one a key. */
  readonly carried: WindowState;
}

/** Counts an event into a slice of sessions; see {@link addEvent}. */
export function addToSession(
  slice: WindowState,
  plan: Plan,
  key: string,
  data: Readonly<Record<string, unknown>>,
  time: number,
  event: EventIdentity,
): void {
  extendTimes(addEvent(slice, plan, key, data, time, event), time);
}

/**
 * Joins what is carried into a slice with what fell into it, as far as less than a gap lies between, and tells what ends in
 * it from what goes on. A session covers [first, last + gap).
 * @param before carried from the slice before; empty where that has nothing
 * @param own all of the slice's own events
 * @param end of the slice, ms
 * @param gap ms
 */
export function splitSessions(before: WindowState, own: WindowState, end: number, gap: number): Sessions {
  const sessions: Sessions = { ended: new Map(), carried: new Map() };
  const put = (key: string, session: Group): void =>
    void (session.times!.last + gap <= end ? sessions.ended : sessions.carried).set(key, session);
  for (const [key, group] of own) {
    const earlier = before.get(key);
    const session = copyOf(group);
    if (earlier && group.times!.first < earlier.times!.last + gap) mergeGroup(session, earlier);
    else if (earlier) put(key, earlier);
    put(key, session);
  }
  for (const [key, group] of before) if (!own.has(key)) put(key, group);
  return sessions;
}
