import type { EventBatch } from '../batches/batch.ts';
import { messageOf, PermanentError } from '../errors/errors.ts';
import { createGroups } from '../group/group.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import type { PipelineStore } from '../pipelines/store.ts';
import { originOfEvent, rejectOf } from '../rejects/reject.ts';
import { logger } from '../step/log.ts';
import type { BatchHandler, Context, EventHandler } from '../step/step.ts';
import { createTimers, timerData } from '../timers/timers.ts';
import { transactionsOf } from '../windows/transaction.ts';
import { type Applied, applyBatches, type Job } from './apply.ts';
import type { Forks, Wake } from './documents.ts';
import { type EffectsOf, type KeyedStore, LIMITS, type Operator, type PipelineVersion } from './operator.ts';
import { publish, publishLeft } from './outbox.ts';
import { keyedQueries } from './queries.ts';
import { type Firing, fireWake, sweep } from './sweep.ts';
import { Wakes } from './wakes.ts';

/** What a step keeps by key. */
export interface KeyedStep<Output> {
  readonly step: string;
  /** Of its timers, in eventarc/triggers.yaml. */
  readonly queue: string;
  /** What a pipeline's batches are for; none lets a batch pass without a read. */
  operatorsOf(pipeline: Pipeline): readonly Operator<Output>[];
  /** An operator as a version of a pipeline defines it, for its timers; undefined where it no longer does. */
  operatorAt(
    pipelines: PipelineStore,
    operator: string,
    by: PipelineVersion,
  ): Promise<Operator<Output> | undefined>;
  effectsOf(context: Context): EffectsOf<Output>;
}

/** Batches that come while others are at work go together: a group of keys costs a read and a write for all of them. */
const MOST = 32;
/** Firestore sustains about one write a second of a document; a second is what a live result may take. */
const LINGER_MS = 1000;

type Work<Output> = Job<Output> & { readonly context: Context };

/** State and timers by key, for a step to be woken by. */
export interface Keyed {
  /** For batches; resolves once all that comes of them is durable. */
  readonly onBatch: BatchHandler;
  /** For the queue's timers, and for a schedule that looks at everything. */
  readonly onTime: EventHandler<unknown>;
}

export function keyed<Output>(definition: KeyedStep<Output>): Keyed {
  const { step } = definition;
  const forks: Forks = new Map();
  const wakes = new Wakes(createTimers(), definition.queue, error =>
    logger(step).warn('Timers fire by the schedule alone: none could be set', { error: messageOf(error) }),
  );
  const storeOf = (context: Context): KeyedStore<Output> => ({
    step,
    run: transactionsOf(context.firestore),
    forks,
    effectsOf: definition.effectsOf(context),
    limits: LIMITS,
  });
  const apply = (jobs: readonly Work<Output>[]): Promise<Applied[]> =>
    applyBatches(storeOf(jobs[0]!.context), jobs, jobs[0]!.context.now().getTime());
  const applyUploaded = createGroups(apply, { most: MOST });
  const applyLive = createGroups(apply, { most: MOST, linger: LINGER_MS });

  const onBatch: BatchHandler = async (batch, context) => {
    const operators = definition.operatorsOf(context.pipeline);
    if (operators.length === 0 || batch.events.length === 0) return;
    const { send } = context.publisher;
    const { run } = storeOf(context);
    await Promise.all(
      operators.map(async operator => {
        const together = batch.upload === undefined ? applyLive : applyUploaded;
        const applied = await together(operator.name, { batch, operator, context });
        await Promise.all([
          applied.duplicate
            ? publishLeft(run, send, applied.entry.outbox)
            : publish(run, send, applied.outbox),
          context.reject(rejectsOf(step, batch, applied)),
          wakes.set(applied.wakes, context.now().getTime()),
        ]);
      }),
    );
  };

  const firingOf = (context: Context): Firing<Output> => ({
    store: storeOf(context),
    queries: keyedQueries(context.firestore, step),
    definition: (operator, by) =>
      definition.operatorAt(context.pipelines, operator, by).catch((error: unknown) => {
        // The pipeline, or that version of it, is there no longer.
        if (error instanceof PermanentError) return undefined;
        throw error;
      }),
    send: context.publisher.send,
    setWakes: (set, clock) => wakes.set(set, clock),
  });

  const onTime: EventHandler<unknown> = async (event, context) => {
    const clock = context.now().getTime();
    const wake = timerData<Wake>(event);
    const { timers, messages } = wake
      ? await fireWake(firingOf(context), wake, clock)
      : await sweep(firingOf(context), clock);
    if (timers + messages > 0) context.log.info('on time', { timers, messages, ...wake });
  };
  return { onBatch, onTime };
}

/** What was refused, as dead letters: the same ones at every delivery. */
function rejectsOf(step: string, batch: EventBatch, { entry }: Applied) {
  return entry.refused.flatMap(({ event: index, reason }) => {
    const event = batch.events[index];
    return event ? [rejectOf(step, batch.pipeline, reason, originOfEvent(batch, event), event.data)] : [];
  });
}
