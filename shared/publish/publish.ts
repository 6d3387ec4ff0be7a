import { type PublishOptions, PubSub, type Topic } from '@google-cloud/pubsub';
import { MAX_BATCH_BYTES, MAX_BATCH_EVENTS, type OutgoingMessage } from '../batches/codec.ts';
import type { Reject } from '../rejects/reject.ts';

export const REJECTS_TYPE = 'application/vnd.millrace.rejects+json';

export interface Publisher {
  /** Resolves once Pub/Sub has the message; where it does not take it the client tries again for some minutes. */
  send(topic: string, message: OutgoingMessage): Promise<void>;
  /** The same, tried once: for whoever can tell a caller to come again. */
  offer(topic: string, message: OutgoingMessage): Promise<void>;
  /** Sends rejects to the dead letters, in as many messages as their size asks for. */
  reject(rejects: readonly Reject[]): Promise<void>;
}

export function createPublisher(projectId: string): Publisher {
  const pubsub = new PubSub({ projectId });
  const sender = (options: PublishOptions) => {
    const topics = new Map<string, Topic>();
    return async (name: string, message: OutgoingMessage): Promise<void> => {
      // Events travel in batches of their own, so the client's batching would only add its waiting time.
      const topic = topics.get(name) ?? pubsub.topic(name, { batching: { maxMessages: 1 }, ...options });
      topics.set(name, topic);
      await topic.publishMessage(message);
    };
  };
  const send = sender({});
  return {
    send,
    offer: sender({ gaxOpts: { retry: { retryCodes: [] } } }),
    reject: async rejects => {
      await Promise.all(rejectMessages(rejects).map(message => send('dead-letters', message)));
    },
  };
}

/** Rejects as messages within the limits of one event. */
export function rejectMessages(rejects: readonly Reject[]): OutgoingMessage[] {
  const messages: OutgoingMessage[] = [];
  let lines: string[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (lines.length === 0) return;
    messages.push({
      data: Buffer.from(`[${lines.join(',')}]`),
      attributes: { 'content-type': REJECTS_TYPE },
    });
    lines = [];
    bytes = 0;
  };
  for (const reject of rejects) {
    const line = JSON.stringify(reject);
    const size = Buffer.byteLength(line) + 1;
    if (lines.length === MAX_BATCH_EVENTS || bytes + size > MAX_BATCH_BYTES) flush();
    lines.push(line);
    bytes += size;
  }
  flush();
  return messages;
}
