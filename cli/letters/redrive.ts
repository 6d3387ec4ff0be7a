import type { DocumentReference, Firestore } from '@google-cloud/firestore';
import type { PubSub } from '@google-cloud/pubsub';
import { redriveMessage, triggerOf } from '../../shared/redrive/redrive.ts';
import type { StoredLetter } from './letters.ts';

const FAILED_PRECONDITION = 9;

/** Finds the topic that a trigger's subscription reads, by full name. */
export type TopicOf = (trigger: string) => string | undefined;

/**
 * The subscriptions that the triggers have today, in the suite as in the cloud: a deployment may have made a trigger, and
 * with it its topic, anew since the letter was written.
 */
export async function readTopics(pubsub: PubSub): Promise<TopicOf> {
  const topics = new Map<string, string>();
  const [subscriptions] = await pubsub.getSubscriptions();
  for (const { name, metadata } of subscriptions) {
    const trigger = triggerOf(name);
    if (trigger && metadata?.topic) topics.set(trigger, metadata.topic);
  }
  return trigger => topics.get(trigger);
}

/** Why a letter cannot be redriven; undefined where it can. */
export function obstacleOf({ kind, message, trigger }: StoredLetter, topicOf: TopicOf): string | undefined {
  if (kind === 'rejected') {
    return 'it is a rejected record, which is mended at its source: upload or publish it again';
  }
  if (!message || message.data.length === 0) return 'its message was too large to be kept';
  if (!trigger || !topicOf(trigger)) return `there is no trigger ${trigger} any more`;
  return undefined;
}

/**
 * Sends a letter's message to its trigger once more. The letter counts the redrive before it goes out, and is called
 * redriven afterwards: whoever dies in between leaves it open.
 * @returns which redrive of the letter it was; undefined where somebody else is redriving it at this moment
 */
export async function redrive(
  firestore: Firestore,
  pubsub: PubSub,
  letter: StoredLetter,
  topic: string,
): Promise<number | undefined> {
  const document = firestore.doc(`deadLetters/${letter.id}`);
  const count = await countUp(document);
  if (count === undefined) return undefined;
  const { id, data, attributes, published } = letter.message!;
  const kept = { id, data: Buffer.from(data), attributes, published };
  const message = redriveMessage(letter.trigger!, { letter: letter.id, count }, kept);
  await pubsub.topic(topic, { batching: { maxMessages: 1 } }).publishMessage(message);
  await firestore.runTransaction(async transaction => {
    const now = await transaction.get(document);
    // It may have failed again already.
    if (now.get('redrives') === count && now.get('failedAgain') !== count) {
      transaction.update(document, { state: 'redriven' });
    }
  });
  return count;
}

async function countUp(document: DocumentReference): Promise<number | undefined> {
  const before = await document.get();
  const redrives = Number(before.get('redrives') ?? 0) + 1;
  try {
    const lastUpdateTime = before.updateTime;
    await document.update({ redrives, redrivenAt: new Date() }, lastUpdateTime ? { lastUpdateTime } : {});
    return redrives;
  } catch (error) {
    if ((error as { code?: unknown }).code !== FAILED_PRECONDITION) throw error;
    return undefined;
  }
}
