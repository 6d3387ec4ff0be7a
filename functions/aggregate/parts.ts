import type { EventBatch, PipelineEvent } from '../../shared/batches/batch.ts';
import { valueAt } from '../../shared/pipelines/path.ts';
import type { Path, Pipeline, WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { windowFilter, windowPlan } from '../../shared/pipelines/plan.ts';
import { addToSession } from '../../shared/streams/sessions.ts';
import { GLOBAL, sliceLength, sliceStart } from '../../shared/streams/slices.ts';
import { addEvent, mergeState, type WindowState } from '../../shared/streams/state.ts';
import { millisOfText } from '../../shared/streams/time.ts';
import { mergeSources, type SourceProgress, type Sources, slotOf } from '../../shared/streams/watermark.ts';
import type { WindowInstance } from '../../shared/windows/lanes.ts';
import { boundedKey } from '../../shared/windows/panes.ts';
import { shapeOf } from '../../shared/windows/shape.ts';
import { windowingOf } from '../../shared/windows/windowing.ts';

/** What a stretch of a batch adds to one slice of a window. */
export interface Contribution extends WindowInstance {
  readonly spec: WindowSpec;
  readonly end: number;
  readonly state: WindowState;
  /** Progress of live sources; none for an upload. */
  readonly sources: Sources;
  /** The events it is from. */
  readonly events: readonly Place[];
}

/** Where an event stands: its batch, and its index in it. */
export interface Place {
  readonly batch: string;
  readonly event: number;
}

/** Events [from, to) of a batch and what they add: as much as goes into one transaction. */
export interface Part {
  readonly batch: EventBatch;
  readonly from: number;
  readonly to: number;
  readonly contributions: readonly Contribution[];
}

const NONE: ReadonlySet<number> = new Set();

interface Draft extends WindowInstance {
  readonly spec: WindowSpec;
  readonly end: number;
  readonly state: WindowState;
  readonly times: Map<string, number>;
  readonly events: Place[];
}

/**
 * Counts events from `from` on, until `to` or until they touch `mostWindows` windows.
 * @param mostWindows a transaction reads and writes a document or more for each
 * @param passedOver events that count nothing, by index
 */
export function partOf(
  batch: EventBatch,
  pipeline: Pipeline,
  from: number,
  to: number,
  mostWindows: number,
  now: number,
  passedOver: ReadonlySet<number> = NONE,
): Part {
  const drafts: Draft[] = [];
  const windows = pipeline.windows.map(spec => {
    const length = sliceLength(windowingOf(spec));
    return {
      spec,
      length,
      startOf: spec.kind === 'global' ? () => GLOBAL.start : (time: number) => sliceStart(time, length),
      grouping: keyReader(spec, pipeline),
      plan: windowPlan(spec),
      takes: windowFilter(spec),
      add: spec.kind === 'session' ? addToSession : addEvent,
      starts: new Map<number, Draft>(),
    };
  });
  // Also events that no window takes show how far their sources are.
  const passing = new Map<string, number>();
  let index = from;
  for (; index < to; index++) {
    if (passedOver.has(index)) continue;
    const event = batch.events[index]!;
    const time = millisOfText(event.time);
    const taking = windows.filter(({ takes }) => !takes || takes(event, time));
    let made = 0;
    for (const { startOf, starts } of taking) if (!starts.has(startOf(time))) made++;
    if (made > 0 && index > from && drafts.length + made > mostWindows) break;
    if (taking.length === 0) note(passing, event.source, time);
    for (const { spec, length, startOf, grouping, plan, add, starts } of taking) {
      const start = startOf(time);
      let draft = starts.get(start);
      if (!draft) {
        draft = newDraft(pipeline, spec, start, start + length);
        starts.set(start, draft);
        drafts.push(draft);
      }
      add(draft.state, plan, grouping(event), event.data, time, event);
      draft.events.push({ batch: batch.id, event: index });
      note(draft.times, event.source, time);
    }
  }
  const [first] = drafts;
  if (first) for (const [source, time] of passing) note(first.times, source, time);
  const seen = batch.upload === undefined ? now : undefined;
  return { batch, from, to: index, contributions: drafts.map(draft => contribution(draft, seen)) };
}

function note(times: Map<string, number>, source: string, time: number): void {
  const furthest = times.get(source);
  if (furthest === undefined || time > furthest) times.set(source, time);
}

/** What several parts add together, a contribution a window. */
export function merged(parts: readonly Part[]): Contribution[] {
  if (parts.length === 1) return [...parts[0]!.contributions];
  const windows = new Map<string, Contribution>();
  for (const part of parts) {
    for (const contribution of part.contributions) {
      const key = instanceName(contribution);
      const known = windows.get(key);
      // A fresh map: the parts themselves are needed again when one of them turns out to be counted already.
      const state: WindowState = known?.state ?? new Map();
      mergeState(state, contribution.state);
      windows.set(key, {
        ...contribution,
        state,
        sources: mergeSources(known?.sources ?? {}, contribution.sources),
        events: [...(known?.events ?? []), ...contribution.events],
      });
    }
  }
  return [...windows.values()];
}

export function instanceName({ window, start }: Pick<WindowInstance, 'window' | 'start'>): string {
  return `${window} ${start}`;
}

function newDraft(pipeline: Pipeline, spec: WindowSpec, start: number, end: number): Draft {
  return {
    pipeline: pipeline.name,
    window: spec.name,
    shape: shapeOf(spec),
    start,
    end,
    spec,
    state: new Map(),
    times: new Map(),
    events: [],
  };
}

function contribution({ times, ...draft }: Draft, seen: number | undefined): Contribution {
  const sources: Record<string, SourceProgress> = {};
  if (seen !== undefined) {
    for (const [source, time] of times) {
      const slot = slotOf(source);
      sources[slot] = { time: Math.max(time, sources[slot]?.time ?? time), seen };
    }
  }
  return { ...draft, sources };
}

/** The pipeline's own key is on the event already; another one is read from the record, as enrich reads keys. */
function keyReader(spec: WindowSpec, pipeline: Pipeline): (event: PipelineEvent) => string {
  if (samePath(spec.key, pipeline.key)) return event => boundedKey(event.partitionkey);
  return event => {
    const value = valueAt(event.data, spec.key);
    if (value === undefined || value === null) return '';
    return boundedKey(typeof value === 'object' ? JSON.stringify(value) : String(value));
  };
}

function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((segment, index) => segment === b[index]);
}
