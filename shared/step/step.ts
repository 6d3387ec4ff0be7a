import { cloudEvent } from '@google-cloud/functions-framework';
import type { EventBatch, PipelineEvent, RawEvent } from '../batches/batch.ts';
import { decodeBatch, type IncomingBatch, type IncomingMessage } from '../batches/codec.ts';
import { textOf } from '../batches/compression.ts';
import { kindOf, messageOf, PermanentError } from '../errors/errors.ts';
import { type CloudEvent, decodeAttributes } from '../events/cloudevent.ts';
import { type MessagePublishedData, messageData } from '../events/pubsub.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import { asFirstSent, isForAnother } from '../redrive/redrive.ts';
import { type Origin, type Reject, rejectOf } from '../rejects/reject.ts';
import { type Clients, clients } from './clients.ts';
import { lazily } from './lazily.ts';
import { type Log, logger } from './log.ts';

/** What every step is handed: the clients of its instance, its log and its clock. */
export interface Context extends Clients {
  readonly step: string;
  readonly log: Log;
  now(): Date;
}

export interface BatchContext extends Context {
  /** The pipeline at the version that the batch is stamped with. */
  readonly pipeline: Pipeline;
  /** Quarantines records of this batch; resolves once the dead letters are durable. */
  reject(rejects: readonly Reject[]): Promise<void>;
}

export type EventHandler<T> = (event: CloudEvent<T>, context: Context) => Promise<void>;
export type BatchHandler = (batch: EventBatch, context: BatchContext) => Promise<void>;

/**
 * Registers a step under its name on the functions framework. Resolving acknowledges the event; throwing has it
 * delivered again. What to do with an error is decided here and nowhere else: see shared/errors.
 */
export function onEvent<T>(step: string, handle: EventHandler<T>): void {
  const log = logger(step);
  const context = Object.assign(Object.create(clients) as Clients, {
    step,
    log,
    now: () => new Date(),
  }) as Context;
  cloudEvent<T>(step, async (event: CloudEvent<T>) => {
    if (isRedriveOfAnother(event.data)) return;
    try {
      // The framework hands on the headers as they came, percent-encoded.
      await handle(decodeAttributes(event), context);
    } catch (error) {
      const stack = error instanceof Error ? error.stack : undefined;
      log.error(messageOf(error), {
        event: event.id,
        type: event.type,
        kind: kindOf(error),
        stack_trace: stack,
      });
      // The framework prints the stack of what it catches: once in full is enough. A worker looks at the cause.
      throw Object.assign(new Error(`${step} failed`, { cause: error }), { stack: `${step} failed` });
    }
  });
}

/** Whoever redrives a dead letter means one trigger, though its topic may wake several steps. */
function isRedriveOfAnother(data: unknown): boolean {
  const { message, subscription } = (data ?? {}) as Partial<MessagePublishedData>;
  return typeof subscription === 'string' && isForAnother(message?.attributes ?? {}, subscription);
}

/** Registers a step that reads messages as they are. */
export function onMessage(
  step: string,
  handle: (message: IncomingMessage, context: Context) => Promise<void>,
): void {
  onEvent<MessagePublishedData>(step, (event, context) => handle(messageOfEvent(event.data), context));
}

/** A batch as it came in, at a version that is settled now. */
export type RawBatch = EventBatch<RawEvent> & Pick<IncomingBatch, 'single' | 'published'>;

/** Registers the first step that sees a message: its events may be anything, its version may be open. */
export function onRawBatch(
  step: string,
  handle: (batch: RawBatch, context: BatchContext) => Promise<void>,
): void {
  onMessage(step, (message, context) =>
    withBatch(message, context, (batch, batchContext) =>
      handle({ ...batch, version: batchContext.pipeline.version, events: batch.events() }, batchContext),
    ),
  );
}

/** Registers a step that reads batches as `enrich` has published them. Their events are parsed when they are first read. */
export function onBatch(step: string, handle: BatchHandler): void {
  onEvent(step, batchHandler(handle));
}

/** The same for a step that other events wake as well: see onEvent. */
export function batchHandler(handle: BatchHandler): EventHandler<MessagePublishedData> {
  return (event, context) =>
    withBatch(
      messageOfEvent(event.data),
      context,
      ({ events, single, published, ...batch }, batchContext) => {
        const { version } = batchContext.pipeline;
        return handle(
          lazily({ ...batch, version }, 'events', () => enriched(events())),
          batchContext,
        );
      },
    );
}

function enriched(events: readonly RawEvent[]): readonly PipelineEvent[] {
  for (const event of events) {
    if (typeof event['partitionkey'] === 'string' && event.time && event.data) continue;
    throw new PermanentError(`Event ${event.id} has not been through enrich. Publish to events-raw instead.`);
  }
  return events as readonly PipelineEvent[];
}

async function withBatch(
  message: IncomingMessage,
  context: Context,
  handle: (batch: IncomingBatch, context: BatchContext) => Promise<void>,
): Promise<void> {
  const reject = (rejects: readonly Reject[]): Promise<void> => context.publisher.reject(rejects);
  try {
    const batch = decodeBatch(message);
    const pipeline = await context.pipelines.of(batch.pipeline, batch.version);
    await handle(batch, Object.assign(Object.create(context) as Context, { pipeline, reject }));
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    // The whole message is beyond help: it is acknowledged only once the reason is durable.
    const { attributes } = message;
    const origin: Origin = {
      batch: attributes['batchid'] ?? message.messageId,
      ...(attributes['upload'] && { upload: attributes['upload'] }),
      ...(attributes['file'] && { file: attributes['file'] }),
    };
    const pipeline = attributes['pipeline'] ?? '';
    await reject([rejectOf(context.step, pipeline, error.message, origin, textOf(message))]);
    context.log.warn(error.message, { batch: origin.batch, pipeline });
  }
}

export function messageOfEvent(data: MessagePublishedData | undefined): IncomingMessage {
  const message = data?.message;
  if (!message) throw new PermanentError('The event holds no Pub/Sub message.');
  return asFirstSent({
    data: messageData(message),
    attributes: message.attributes ?? {},
    messageId: message.messageId,
    publishTime: message.publishTime,
  });
}
