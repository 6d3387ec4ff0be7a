import type { IncomingMessage } from '../../shared/batches/codec.ts';
import { textOf } from '../../shared/batches/compression.ts';
import { idOf } from '../../shared/ids/ids.ts';
import { REJECTS_TYPE } from '../../shared/publish/publish.ts';
import {
  asFirstSent,
  GIVEN_UP,
  type KeptMessage,
  type Redrive,
  redriveOf,
  triggerOf,
} from '../../shared/redrive/redrive.ts';
import type { Reject } from '../../shared/rejects/reject.ts';

/** deadLetters/{id}: why something did not get through, and what is needed to send it again. */
export interface DeadLetter {
  readonly id: string;
  /** The step that refused it; of a delivery that failed until the attempts were spent, the trigger. */
  readonly step?: string;
  readonly trigger?: string;
  readonly pipeline: string;
  readonly kind: 'rejected' | 'failed';
  /** `redriven` once it has been sent again; a redrive that fails as well opens it anew. */
  readonly state: 'open' | 'redriven';
  readonly reason: string;
  readonly origin: Reject['origin'];
  readonly excerpt: string;
  /** Only for failed deliveries: the message as it was, for a redrive. */
  readonly message?: KeptMessage;
  /** How often it has been sent again, and when last. */
  readonly redrives?: number;
  readonly redrivenAt?: Date;
  /** Which of them was the last to fail. */
  readonly failedAgain?: number;
}

/** A letter as the message says it; `again` where it is a redrive that has failed. */
export interface Arrived {
  readonly letter: DeadLetter;
  readonly again?: Redrive;
}

/** What the local suite knows besides: the answer to the last try. */
const LAST_ERROR = 'millrace-error';
const EXCERPT_LENGTH = 1024;
/** This step has no dead letter of its own: what could name no document must not be tried for ever. */
const ID = /^[\w-]{1,200}$/;

/** Reads a message of the dead-letters topic: a step's rejects, or a delivery that Pub/Sub has given up. */
export function deadLettersOf(message: IncomingMessage): Arrived[] {
  if (message.attributes['content-type'] === REJECTS_TYPE) {
    const rejects = parseRejects(message.data);
    if (rejects) return rejects.map(reject => ({ letter: { ...reject, kind: 'rejected', state: 'open' } }));
  }
  return [failedDelivery(message)];
}

function parseRejects(data: Buffer): Reject[] | undefined {
  try {
    const value = JSON.parse(data.toString('utf8')) as unknown;
    return Array.isArray(value) && value.every(named) ? value : undefined;
  } catch {
    return undefined;
  }
}

function named(value: { readonly id?: unknown } | null): boolean {
  return typeof value?.id === 'string' && ID.test(value.id);
}

function failedDelivery(message: IncomingMessage): Arrived {
  const { attributes } = message;
  const subscription = attributes[`${GIVEN_UP}Subscription`] ?? '';
  const attempts = attributes[`${GIVEN_UP}DeliveryCount`];
  const error = attributes[LAST_ERROR] ?? "the step's log says why";
  const trigger = triggerOf(subscription) ?? (subscription || 'unknown');
  const kept = keptMessage(message);
  const { pipeline = '', upload, file } = kept.attributes;
  const batch = kept.attributes['batchid'] ?? kept.attributes['ce-id'] ?? kept.id;
  const again = redriveOf(attributes);
  const known = again && ID.test(again.letter);
  const letter: DeadLetter = {
    id: known ? again.letter : idOf(subscription, batch),
    trigger,
    pipeline,
    kind: 'failed',
    state: 'open',
    reason: attempts
      ? `${trigger} failed ${attempts} times: ${error}.`
      : 'A message was published to the dead letters that is neither a reject nor a failed delivery.',
    origin: { batch, ...(upload && { upload }), ...(file && { file }) },
    excerpt: textOf(kept).slice(0, EXCERPT_LENGTH),
    message: kept,
  };
  return { letter, ...(known && { again }) };
}

/** The message as its topic first had it. Pub/Sub does not hand on its id: it is known by that of its first dead letter. */
function keptMessage(message: IncomingMessage): KeptMessage {
  const own = Object.entries(message.attributes).filter(
    ([name]) => !name.startsWith(GIVEN_UP) && name !== LAST_ERROR,
  );
  const sent = asFirstSent({
    ...message,
    attributes: Object.fromEntries(own),
    publishTime: publishTimeOf(message),
  });
  return { data: sent.data, attributes: sent.attributes, id: sent.messageId, published: sent.publishTime };
}

function publishTimeOf({ attributes, publishTime }: IncomingMessage): string {
  const time = new Date(attributes[`${GIVEN_UP}TopicPublishTime`] ?? publishTime);
  return Number.isNaN(time.getTime()) ? publishTime : time.toISOString();
}
