import type { RawEvent } from '../../shared/batches/batch.ts';
import { encodeBatch } from '../../shared/batches/codec.ts';
import { idOf } from '../../shared/ids/ids.ts';
import type { EffectsOf, Operator, PipelineVersion } from '../../shared/keyed/operator.ts';
import { outboxOf } from '../../shared/keyed/outbox.ts';
import type { KeyedProcess } from '../../shared/keyed/process.ts';
import type { IntervalJoin, Pipeline } from '../../shared/pipelines/pipeline.ts';
import { intervalJoin } from './join.ts';

/** A record that a join has made. */
export interface Joined {
  /** The pipeline it is for. */
  readonly pipeline: string;
  readonly event: RawEvent;
}

/** A batch is known for so long after the last of its events has gone. */
const MARGIN_MS = 7 * 24 * 3600_000;

/** The joins that a pipeline's events take part in. */
export function operatorsOf({ name, version, intervalJoins = [] }: Pipeline): Operator<Joined>[] {
  return intervalJoins.map(join => operatorOf(join, { pipeline: name, version }));
}

/** Named by what gives a pair its meaning: after a change of that, what waits goes by the old one, and the new begins anew. */
function operatorOf(join: IntervalJoin, definedBy: PipelineVersion): Operator<Joined> {
  const { name, left, right, before, after, unmatched, retention } = join;
  const shape = idOf(left, right, String(before), String(after), unmatched).slice(0, 8);
  const pairs = intervalJoin(join) as KeyedProcess<unknown, RawEvent>;
  return {
    name: `${name}~${shape}`,
    definedBy,
    process: (...turn) => {
      const outcome = pairs(...turn);
      if ('refused' in outcome) return outcome;
      return { ...outcome, emit: outcome.emit.map(event => ({ pipeline: name, event })) };
    },
    clockedBy: [left, right],
    horizon: retention * 1000 + MARGIN_MS,
  };
}

/**
 * Records as batches of their pipeline at today's version, to be published after the commit. A batch is known by its
 * records, which no other commit makes.
 */
export function effectsOf(step: string, versionOf: (pipeline: string) => Promise<string>): EffectsOf<Joined> {
  return async (_transaction, outputs, _operator, clock) => {
    const pipeline = outputs[0]!.pipeline;
    const id = `j-${idOf(...outputs.map(({ event }) => event.id))}`;
    const head = { id, pipeline, version: await versionOf(pipeline), records: outputs.length };
    const messages = encodeBatch(
      head,
      outputs.map(({ event }) => JSON.stringify(event)),
    );
    return outboxOf(step, id, 'events-raw', messages, clock);
  };
}
