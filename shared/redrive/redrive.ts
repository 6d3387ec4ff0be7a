import type { IncomingMessage, OutgoingMessage } from '../batches/codec.ts';

/**
 * A redrive publishes a message that was given up to its topic once more, with attributes that say whom it is for and what
 * it was. Every subscriber of the topic gets it; all but the one it is for acknowledge it and do nothing.
 */
const TO = 'redrive-to';
const OF = 'redrive-of';
const COUNT = 'redrive-count';
const MESSAGE = 'redrive-message';
const PUBLISHED = 'redrive-published';
/** What Pub/Sub adds to a message that it has given up: {@link https://cloud.google.com/pubsub/docs/dead-letter-topics}. */
export const GIVEN_UP = 'CloudPubSubDeadLetterSource';
const ATTRIBUTES: ReadonlySet<string> = new Set([TO, OF, COUNT, MESSAGE, PUBLISHED]);

/** A message that was given up, as its dead letter keeps it. */
export interface KeptMessage {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  /** The id and the publishing time (RFC 3339) that it keeps in every redrive: steps know and judge it by them. */
  readonly id: string;
  readonly published: string;
}

/** Which redrive a message belongs to. */
export interface Redrive {
  /** deadLetters/{letter} */
  readonly letter: string;
  /** 1 for the first redrive of the letter. */
  readonly count: number;
}

/** What to publish so that the trigger, and no other of the topic, gets the message again. */
export function redriveMessage(
  trigger: string,
  { letter, count }: Redrive,
  { data, attributes, id, published }: KeptMessage,
): OutgoingMessage {
  return {
    data,
    attributes: {
      ...attributes,
      [TO]: trigger,
      [OF]: letter,
      [COUNT]: String(count),
      [MESSAGE]: id,
      [PUBLISHED]: published,
    },
  };
}

/** A redriven message that was given up again is on its way to the dead letters: it is for nobody but them. */
const isUnderWay = (attributes: Readonly<Record<string, string>>): boolean =>
  attributes[OF] !== undefined && attributes[`${GIVEN_UP}Subscription`] === undefined;

/** Which redrive a message is, or was when it was given up. */
export function redriveOf(attributes: Readonly<Record<string, string>>): Redrive | undefined {
  const letter = attributes[OF];
  return letter === undefined ? undefined : { letter, count: Number(attributes[COUNT]) };
}

/** Whether a message is meant for another trigger than the one whose subscription (its full name) has delivered it. */
export function isForAnother(attributes: Readonly<Record<string, string>>, subscription: string): boolean {
  const trigger = triggerOf(subscription);
  // Effects happen once anyhow: where nobody can tell, a redrive too many harms less than one too few.
  return isUnderWay(attributes) && trigger !== undefined && attributes[TO] !== trigger;
}

/** A message as it was when it was first sent: id, time and attributes. */
export function asFirstSent(message: IncomingMessage): IncomingMessage {
  const { attributes, messageId, publishTime } = message;
  if (!isUnderWay(attributes)) return message;
  return {
    ...message,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => !ATTRIBUTES.has(name))),
    messageId: attributes[MESSAGE] ?? messageId,
    publishTime: attributes[PUBLISHED] ?? publishTime,
  };
}

/**
 * The trigger whose subscription this is, by its name: eventarc-REGION-TRIGGER-sub-NUMBER, as Eventarc names those that it
 * pushes from, or millrace-worker-TRIGGER, as those are named that a worker pulls from. Of any other there is no trigger.
 */
export function triggerOf(subscription: string): string | undefined {
  const name = subscription.split('/').at(-1) ?? '';
  const found = /^eventarc-[a-z]+-[a-z]*\d+-(.+)-sub-\d+$/.exec(name) ?? /^millrace-worker-(.+)$/.exec(name);
  return found?.[1];
}
