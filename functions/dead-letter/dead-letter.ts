import type { IncomingMessage } from '../../shared/batches/codec.ts';
import { idOf } from '../../shared/ids/ids.ts';
import { REJECTS_TYPE } from '../../shared/publish/publish.ts';
import type { Reject } from '../../shared/rejects/reject.ts';

/** deadLetters/{id}: why something did not get through, and what is needed to send it again. */
export interface DeadLetter {
  readonly id: string;
  /** The step that refused it; of a delivery that failed until the attempts were spent, the trigger. */
  readonly step?: string;
  readonly trigger?: string;
  readonly pipeline: string;
  readonly kind: 'rejected' | 'failed';
  readonly reason: string;
  readonly origin: Reject['origin'];
  readonly excerpt: string;
  /** Only for failed deliveries: the message as it was, for a redrive. */
  readonly message?: { readonly data: Buffer; readonly attributes: Readonly<Record<string, string>> };
}

const FORWARDED = 'CloudPubSubDeadLetterSource';
/** What the local suite knows besides: the answer to the last try. */
const LAST_ERROR = 'millrace-error';
const EXCERPT_LENGTH = 1024;

/** Reads a message of the dead-letters topic: a step's rejects, or a delivery that Pub/Sub has given up. */
export function deadLettersOf(message: IncomingMessage): DeadLetter[] {
  if (message.attributes['content-type'] === REJECTS_TYPE) {
    const rejects = parseRejects(message.data);
    if (rejects) return rejects.map(reject => ({ ...reject, kind: 'rejected' }));
  }
  return [failedDelivery(message)];
}

/** This step has no dead letter of its own, so what cannot be read must not be tried for ever. */
function parseRejects(data: Buffer): Reject[] | undefined {
  try {
    const value = JSON.parse(data.toString('utf8')) as unknown;
    return Array.isArray(value) && value.every(one => typeof one?.id === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** {@link https://cloud.google.com/pubsub/docs/dead-letter-topics#forwarded-attributes}: what Pub/Sub adds. */
function failedDelivery({ data, attributes, messageId }: IncomingMessage): DeadLetter {
  const subscription = attributes[`${FORWARDED}Subscription`] ?? '';
  const attempts = attributes[`${FORWARDED}DeliveryCount`];
  const error = attributes[LAST_ERROR] ?? "the step's log says why";
  const own = Object.entries(attributes).filter(
    ([name]) => !name.startsWith(FORWARDED) && name !== LAST_ERROR,
  );
  const trigger = triggerOf(subscription);
  const batch = attributes['batchid'] ?? attributes['ce-id'] ?? messageId;
  return {
    id: idOf(subscription, batch),
    trigger,
    pipeline: attributes['pipeline'] ?? '',
    kind: 'failed',
    reason: attempts
      ? `${trigger} failed ${attempts} times: ${error}.`
      : 'A message was published to the dead letters that is neither a reject nor a failed delivery.',
    origin: {
      batch,
      ...(attributes['upload'] && { upload: attributes['upload'] }),
      ...(attributes['file'] && { file: attributes['file'] }),
    },
    excerpt: data.subarray(0, EXCERPT_LENGTH).toString('utf8'),
    message: { data, attributes: Object.fromEntries(own) },
  };
}

/** Eventarc names its subscriptions eventarc-REGION-TRIGGER-sub-NUMBER. */
function triggerOf(subscription: string): string {
  const name = subscription.split('/').at(-1) ?? '';
  return /^eventarc-[a-z]+-[a-z]*\d+-(.+)-sub-\d+$/.exec(name)?.[1] ?? (name || 'unknown');
}
