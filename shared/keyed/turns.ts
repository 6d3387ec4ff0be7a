import { type Cell, firstTimer, KEY_BYTES, type KeyGroup, sizeOf } from './key-group.ts';
import type { KeyedEvent, KeyedProcess, KeyTimer, Now, Outcome } from './process.ts';

/** An event on its way to its key. `place` is the caller's own: it comes back with what is refused. */
export interface Turn<Output, Place> {
  readonly key: string;
  readonly input: KeyedEvent;
  readonly process: KeyedProcess<unknown, Output>;
  readonly place: Place;
}

export interface Taken<Output, Place> {
  readonly group: KeyGroup;
  readonly emitted: readonly Output[];
  readonly refused: readonly { readonly place: Place; readonly reason: string }[];
}

/**
 * Gives events to their keys, in order.
 * @param clock ms
 * @param limit of the JSON of one key: an event that would take it further is refused
 */
export function takeEvents<Output, Place>(
  group: KeyGroup,
  turns: readonly Turn<Output, Place>[],
  clock: number,
  limit: number = KEY_BYTES,
): Taken<Output, Place> {
  const quick = takeAll(group, turns, clock, Number.POSITIVE_INFINITY);
  const touched = new Set(turns.map(({ key }) => key));
  for (const key of touched) {
    // Only then it is worth measuring after every event.
    if (keySize(key, quick.group.cells.get(key)) > limit) return takeAll(group, turns, clock, limit);
  }
  return quick;
}

function takeAll<Output, Place>(
  group: KeyGroup,
  turns: readonly Turn<Output, Place>[],
  clock: number,
  limit: number,
): Taken<Output, Place> {
  const cells = new Map(group.cells);
  const now: Now = { clock, watermark: group.watermark };
  const emitted: Output[] = [];
  const refused: { place: Place; reason: string }[] = [];
  for (const { key, input, process, place } of turns) {
    const before = cells.get(key);
    const outcome = process(key, before?.state, input, now);
    if ('refused' in outcome) {
      refused.push({ place, reason: outcome.refused });
      continue;
    }
    const cell = cellOf(outcome);
    const size = limit === Number.POSITIVE_INFINITY ? 0 : keySize(key, cell);
    if (size > limit) {
      const reason = `What is kept of the key ${JSON.stringify(key.slice(0, 100))} would come to ${size} bytes; at most ${limit} are kept.`;
      refused.push({ place, reason });
      continue;
    }
    if (!cell) cells.delete(key);
    else if (!unchanged(before, cell)) cells.set(key, cell);
    for (const output of outcome.emit) emitted.push(output);
  }
  return { group: { ...group, cells }, emitted, refused };
}

export interface Fired<Output> {
  readonly group: KeyGroup;
  readonly emitted: readonly Output[];
  /** How many timers have fired. */
  readonly timers: number;
  /** More are due: they are left to another transaction. */
  readonly more: boolean;
}

/**
 * Fires what is due by the clock, or by the group's watermark, key by key and in the order of time.
 * @param most outputs, about, of one transaction
 */
export function fireTimers<Output>(
  group: KeyGroup,
  process: KeyedProcess<unknown, Output>,
  clock: number,
  most: number,
): Fired<Output> {
  const cells = new Map(group.cells);
  const now: Now = { clock, watermark: group.watermark };
  const emitted: Output[] = [];
  let fired = 0;
  for (const key of group.cells.keys()) {
    for (let due = firstDue(cells.get(key), now); due; due = firstDue(cells.get(key), now)) {
      if (emitted.length >= most || fired >= most)
        return { group: { ...group, cells }, emitted, timers: fired, more: true };
      const timer = due;
      fired++;
      const outcome = process(key, cells.get(key)?.state, { timer }, now);
      if ('refused' in outcome)
        throw new Error(`A timer of ${JSON.stringify(key)} was refused: ${outcome.refused}`);
      const cell = cellOf(outcome);
      // Set again for a moment that has fired already, a timer would go round for ever.
      if (cell)
        cells.set(key, {
          ...cell,
          timers: cell.timers.filter(one => one.time !== timer.time || one.at > timer.at),
        });
      else cells.delete(key);
      for (const output of outcome.emit) emitted.push(output);
    }
  }
  return { group: { ...group, cells }, emitted, timers: fired, more: false };
}

/** Whether a timer of the group is due. */
export function anyDue({ cells, watermark }: KeyGroup, clock: number): boolean {
  const now: Now = { clock, watermark };
  for (const cell of cells.values()) if (firstDue(cell, now)) return true;
  return false;
}

/** The timer that is due first, told without a look at the others where none is. */
function firstDue(
  cell: Cell | undefined,
  { clock, watermark = Number.NEGATIVE_INFINITY }: Now,
): KeyTimer | undefined {
  if (!cell) return undefined;
  const processing = firstTimer(cell, 'processing');
  const event = firstTimer(cell, 'event');
  const byClock = processing !== undefined && processing <= clock;
  const byEvents = event !== undefined && event <= watermark;
  if (byClock && !(byEvents && event < processing)) return { time: 'processing', at: processing };
  return byEvents ? { time: 'event', at: event } : undefined;
}

function cellOf(outcome: Exclude<Outcome<unknown, unknown>, { refused: string }>): Cell | undefined {
  const { state, timers } = outcome;
  return state === undefined ? undefined : { state, timers };
}

/** A process that hands back the state it was given has changed nothing: then nothing is written either. */
function unchanged(before: Cell | undefined, after: Cell): boolean {
  if (!before || before.state !== after.state || before.timers.length !== after.timers.length) return false;
  return after.timers.every(({ time, at }, index) => {
    const was = before.timers[index]!;
    return was.time === time && was.at === at;
  });
}

const keySize = (key: string, cell: Cell | undefined): number => (cell ? sizeOf(key, cell) : 0);
