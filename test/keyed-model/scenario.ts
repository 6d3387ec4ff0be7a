import type { EventBatch, PipelineEvent } from '../../shared/batches/batch.ts';
import type { Operator } from '../../shared/keyed/operator.ts';
import type { KeyedProcess, KeyTimer } from '../../shared/keyed/process.ts';
import { pick, type Random } from '../windows-model/schedule.ts';

export const START = Date.UTC(2026, 0, 1);
const SECOND = 1000;

/** What the model's process remembers: all that it has been told, and what it is still to be told. */
interface Told {
  readonly events: readonly string[];
  readonly timers: readonly KeyTimer[];
}

interface Data extends Record<string, unknown> {
  /** Timers that the event sets. */
  readonly timers: readonly KeyTimer[];
  readonly bad: boolean;
}

/** Tells of every event and every timer once: whatever is lost, doubled or made up can be seen in what it emits. */
const process: KeyedProcess<Told, string> = (key, state = { events: [], timers: [] }, input) => {
  if ('timer' in input) {
    const { time, at } = input.timer;
    const timers = state.timers.filter(one => one.time !== time || one.at !== at);
    return { state: { ...state, timers }, timers, emit: [timerOutput(key, input.timer)] };
  }
  const { event } = input;
  const { bad, timers: more } = event.data as Data;
  if (bad) return { refused: 'bad' };
  const timers = [...state.timers, ...more];
  return {
    state: { events: [...state.events, event.id], timers },
    timers,
    emit: [eventOutput(key, event.id)],
  };
};

export const operator: Operator<string> = {
  name: 'model',
  definedBy: { pipeline: 'a', version: 'v' },
  process: process as KeyedProcess<unknown, string>,
  clockedBy: ['a', 'b'],
  horizon: 24 * 3600 * SECOND,
};

const eventOutput = (key: string, id: string): string => `${key} heard ${id}`;
const timerOutput = (key: string, { time, at }: KeyTimer): string => `${key} at ${time} ${at - START}`;

export interface Scenario {
  readonly batches: readonly EventBatch[];
  /** One of each pipeline, which bring the watermark past everything. */
  readonly closing: readonly EventBatch[];
  /** What has to come out, each once. */
  readonly outputs: readonly string[];
  readonly refused: readonly string[];
}

export function scenarioOf(random: Random): Scenario {
  const keys = Array.from({ length: 1 + Math.floor(random() * 6) }, (_, at) => `k${at}`);
  const outputs: string[] = [];
  const refused: string[] = [];
  let moment = 0;
  const batches = Array.from({ length: 2 + Math.floor(random() * 4) }, (_, number): EventBatch => {
    const uploaded = random() < 0.2;
    const events = Array.from({ length: Math.floor(random() * 5) }, (_, at): PipelineEvent => {
      const id = `${number}-${at}`;
      const key = pick(random, keys);
      const bad = random() < 0.1;
      const timers = Array.from({ length: Math.floor(random() * 3) }, (): KeyTimer => {
        // Each of its own moment, so that every one can be told from the others.
        const time = pick(random, ['processing', 'event'] as const);
        return { time, at: START + Math.floor(random() * 100) * SECOND + moment++ };
      });
      if (bad) refused.push(id);
      else outputs.push(eventOutput(key, id), ...timers.map(timer => timerOutput(key, timer)));
      const source = `s${Math.floor(random() * 2)}`;
      return eventOf(id, source, START + Math.floor(random() * 100) * SECOND, key, { timers, bad });
    });
    return {
      id: `batch-${number}`,
      pipeline: pick(random, ['a', 'b']),
      version: 'v',
      ...(uploaded && { upload: 'u' }),
      records: events.length,
      events,
    };
  });
  const closing = ['a', 'b'].map((pipeline): EventBatch => {
    refused.push(`end-${pipeline}`);
    const event = eventOf(`end-${pipeline}`, 's0', START + 1000 * SECOND, 'k0', { timers: [], bad: true });
    return { id: `end-${pipeline}`, pipeline, version: 'v', records: 1, events: [event] };
  });
  return { batches, closing, outputs, refused };
}

function eventOf(id: string, source: string, time: number, key: string, data: Data): PipelineEvent {
  const at = new Date(time).toISOString();
  return { specversion: '1.0', id, source, type: 'model', time: at, partitionkey: key, data };
}
