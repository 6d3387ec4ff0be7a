import type { EventBatch } from '../batches/batch.ts';
import { messageOf, PermanentError } from '../errors/errors.ts';
import type { MessagePublishedData } from '../events/pubsub.ts';
import { JOB_EXECUTED } from '../events/schedule.ts';
import { createGroups } from '../group/group.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import type { PipelineStore } from '../pipelines/store.ts';
import { originOfEvent, rejectOf } from '../rejects/reject.ts';
import { logger } from '../step/log.ts';
import { batchHandler, type Context, onEvent } from '../step/step.ts';
import { createTimers, timerData } from '../timers/timers.ts';
import { transactionsOf } from '../windows/transaction.ts';
import { type Applied, applyBatches, type Job } from './apply.ts';
import type { Forks, Wake } from './documents.ts';
import type { EffectsOf, KeyedStore, Operator, PipelineVersion } from './operator.ts';
import { publish, publishLeft } from './outbox.ts';
import { keyedQueries } from './queries.ts';
import { type Firing, fireWake, sweep } from './sweep.ts';
import { Wakes } from './wakes.ts';

/** A step with state and timers by key. */
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

/** Registers a step that batches, its timers and a schedule wake. */
export function onKeyed<Output>(definition: KeyedStep<Output>): void {
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
  });
  const apply = (jobs: readonly Work<Output>[]): Promise<Applied[]> =>
    applyBatches(storeOf(jobs[0]!.context), jobs, jobs[0]!.context.now().getTime());
  const applyUploaded = createGroups(apply, { most: MOST });
  const applyLive = createGroups(apply, { most: MOST, linger: LINGER_MS });

  const onEvents = batchHandler(async (batch, context) => {
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
  });

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

  onEvent<unknown>(step, async (event, context) => {
    const clock = context.now().getTime();
    const wake = timerData<Wake>(event);
    if (wake) {
      const timers = await fireWake(firingOf(context), wake, clock);
      if (timers > 0) context.log.info(`${timers} timers fired`, { ...wake });
    } else if (event.type === JOB_EXECUTED) {
      const { timers, messages } = await sweep(firingOf(context), clock);
      if (timers + messages > 0) context.log.info('swept', { timers, messages });
    } else {
      await onEvents({ ...event, data: event.data as MessagePublishedData }, context);
    }
  });
}

/** What was refused, as dead letters: the same ones at every delivery. */
function rejectsOf(step: string, batch: EventBatch, { entry }: Applied) {
  return entry.refused.flatMap(({ event: index, reason }) => {
    const event = batch.events[index];
    return event ? [rejectOf(step, batch.pipeline, reason, originOfEvent(batch, event), event.data)] : [];
  });
}
