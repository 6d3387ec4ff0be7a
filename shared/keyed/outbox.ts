import type { OutgoingMessage } from '../batches/codec.ts';
import { idOf } from '../ids/ids.ts';
import type { Fields, RunTransaction } from '../windows/transaction.ts';
import { type Change, collectionOf } from './documents.ts';
import type { Effects, OutboxEntry } from './operator.ts';

/**
 * Messages that go out after a commit: `_millrace/{step}/outbox/{id}` holds each, as it will be, until Pub/Sub has it.
 * Whoever dies in between leaves it to the batch's redelivery or to the schedule, and a message that goes out twice is the
 * same: its batch id makes it a duplicate.
 * @param name of what they come from, unique
 */
export function outboxOf(
  step: string,
  name: string,
  topic: string,
  messages: readonly OutgoingMessage[],
  clock: number,
): Effects {
  const outbox: OutboxEntry[] = messages.map(({ data, attributes }, at) => ({
    path: `${collectionOf(step, 'outbox')}/${idOf(name, String(at))}`,
    topic,
    data,
    attributes,
  }));
  const changes = outbox.map(
    ({ path, ...message }): Change => ({
      path,
      fields: { ...message, at: new Date(clock) },
      bytes: message.data.length,
    }),
  );
  return { changes, outbox };
}

type Send = (topic: string, message: OutgoingMessage) => Promise<void>;

/** Publishes messages, then forgets them. */
export async function publish(
  run: RunTransaction,
  send: Send,
  outbox: readonly OutboxEntry[],
): Promise<void> {
  if (outbox.length === 0) return;
  await Promise.all(
    outbox.map(({ topic, data, attributes }) =>
      send(topic, { data: Buffer.from(data), attributes: { ...attributes } }),
    ),
  );
  await run(async transaction => {
    for (const { path } of outbox) transaction.delete(path);
  });
}

/** Publishes what is still there of some messages: earlier deliveries may have died before they got to it. */
export async function publishLeft(
  run: RunTransaction,
  send: Send,
  paths: readonly string[],
): Promise<number> {
  if (paths.length === 0) return 0;
  const documents = await run(transaction => transaction.read(paths));
  const left = paths.flatMap((path, at) => (documents[at] ? [entryFrom(path, documents[at])] : []));
  await publish(run, send, left);
  return left.length;
}

function entryFrom(path: string, fields: Fields): OutboxEntry {
  return { ...(fields as unknown as OutboxEntry), path };
}
