import type { OutgoingMessage } from '../batches/codec.ts';
import { type EventWake, type Wake, withTheClock } from './documents.ts';
import { fireGroup } from './fire.ts';
import type { KeyedStore, Operator, PipelineVersion } from './operator.ts';
import { publish, publishLeft } from './outbox.ts';
import { mergeProgress, type Progress, reachedAt, watermarkOf } from './progress.ts';

/** Whoever has committed a message publishes it within this, or has died. */
const LEFT_MS = 30_000;
/** Groups and messages of one run; the next goes on. */
const MOST = 500;
/** Messages at once in memory. */
const TOGETHER = 20;

/** How far an operator's sources have come. */
export interface OperatorProgress {
  readonly operator: string;
  readonly clockedBy: readonly string[];
  readonly progress: Progress;
}

export interface GroupName {
  readonly operator: string;
  readonly group: string;
}

/** What a sweep asks of the store, apart from transactions. */
export interface KeyedQueries {
  /** Of one operator, or of all. */
  progress(operator?: string): Promise<readonly OperatorProgress[]>;
  dueByClock(clock: number, limit: number): Promise<readonly GroupName[]>;
  dueByWatermark(operator: string, watermark: number, limit: number): Promise<readonly GroupName[]>;
  /** Paths of messages that were committed before a moment and are there still. */
  outbox(before: number, limit: number): Promise<readonly string[]>;
}

/** All that firing takes. */
export interface Firing<Output> {
  readonly store: KeyedStore<Output>;
  readonly queries: KeyedQueries;
  readonly definition: (operator: string, by: PipelineVersion) => Promise<Operator<Output> | undefined>;
  readonly send: (topic: string, message: OutgoingMessage) => Promise<void>;
  readonly setWakes: (wakes: readonly Wake[], clock: number) => Promise<void>;
}

/** How many timers have fired, and how many messages that others had left have gone out. */
export interface Swept {
  readonly timers: number;
  readonly messages: number;
}

/** A timer that was set for a group: looks at that one. */
export async function fireWake<Output>(firing: Firing<Output>, wake: Wake, clock: number): Promise<Swept> {
  const [known] = merged(await firing.queries.progress(wake.operator));
  return { timers: await fire(firing, wake, known, clock, wake.wake), messages: 0 };
}

/** Looks at everything that is due, and publishes what was left behind: the net under timers and processes that died. @throws AggregateError */
export async function sweep<Output>(firing: Firing<Output>, clock: number): Promise<Swept> {
  const { queries, store, send } = firing;
  const known = merged(await queries.progress());
  const [due, left, ...reached] = await Promise.all([
    queries.dueByClock(clock, MOST),
    queries.outbox(clock - LEFT_MS, MOST),
    ...known.map(({ operator, clockedBy, progress }) => {
      const watermark = watermarkOf(progress, clockedBy, clock);
      return watermark === undefined ? [] : queries.dueByWatermark(operator, watermark, MOST);
    }),
  ]);
  const failures: unknown[] = [];
  // What fails is told at the end: it must not keep all the others waiting, run after run.
  const tried = (work: Promise<number>): Promise<number> =>
    work.catch((error: unknown) => {
      failures.push(error);
      return 0;
    });
  let messages = 0;
  for (let from = 0; from < left.length; from += TOGETHER)
    messages += await tried(publishLeft(store.run, send, left.slice(from, from + TOGETHER)));
  const progressOf = new Map(known.map(one => [one.operator, one]));
  const groups = new Map([...due, ...reached.flat()].map(one => [`${one.operator}~${one.group}`, one]));
  let timers = 0;
  for (const one of groups.values())
    timers += await tried(fire(firing, one, progressOf.get(one.operator), clock));
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} groups of keys, or of messages, failed`);
  return { timers, messages };
}

async function fire<Output>(
  { store, definition, send, setWakes }: Firing<Output>,
  { operator, group }: GroupName,
  known: OperatorProgress | undefined,
  clock: number,
  wake?: number,
): Promise<number> {
  const { progress = {}, clockedBy = [] } = known ?? {};
  const eventWake: EventWake = at => withTheClock(clock)(at) ?? reachedAt(progress, clockedBy, at, clock);
  const looked = await fireGroup(store, {
    operator,
    group,
    clock,
    watermark: watermarkOf(progress, clockedBy, clock),
    ...(wake !== undefined && { wake }),
    eventWake,
    definition: by => definition(operator, by),
  });
  await Promise.all([publish(store.run, send, looked.outbox), setWakes(looked.wakes, clock)]);
  return looked.timers;
}

/** The lanes of each operator together. */
function merged(lanes: readonly OperatorProgress[]): OperatorProgress[] {
  const operators = new Map<string, OperatorProgress>();
  for (const lane of lanes) {
    const known = operators.get(lane.operator);
    operators.set(lane.operator, { ...lane, progress: mergeProgress(known?.progress ?? {}, lane.progress) });
  }
  return [...operators.values()];
}
