import { beforeEach, describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../batches/codec.ts';
import type { Fields, RunTransaction } from '../windows/transaction.ts';
import { outboxOf, publish, publishLeft } from './outbox.ts';

const messages: OutgoingMessage[] = ['one', 'two'].map(text => ({
  data: Buffer.from(text),
  attributes: { batch: text },
}));
const { changes, outbox } = outboxOf('join', 'a batch', 'events', messages, 1000);
const paths = outbox.map(({ path }) => path);

let documents: Map<string, Fields>;
let sent: string[];
const run: RunTransaction = async program => {
  const gone: string[] = [];
  const refused = () => {
    throw new Error('An outbox is only emptied');
  };
  const result = await program({
    read: async wanted => wanted.map(path => documents.get(path)),
    set: refused,
    update: refused,
    delete: path => gone.push(path),
  });
  for (const path of gone) documents.delete(path);
  return result;
};
const send = async (topic: string, { data, attributes }: OutgoingMessage) => {
  sent.push(`${topic} ${Buffer.from(data).toString()} ${attributes['batch']}`);
};

beforeEach(() => {
  documents = new Map(changes.map(({ path, fields }) => [path, fields!]));
  sent = [];
});

describe('an outbox', () => {
  it('keeps the messages of a commit under ids that are the same each time', () => {
    expect([...documents.keys()]).toEqual(paths);
    expect(outboxOf('join', 'a batch', 'events', messages, 2000).outbox.map(({ path }) => path)).toEqual(
      paths,
    );
    expect(outboxOf('join', 'another', 'events', messages, 1000).outbox.map(({ path }) => path)).not.toEqual(
      paths,
    );
  });

  it('is empty once its messages are out', async () => {
    await publish(run, send, outbox);
    expect(sent).toEqual(['events one one', 'events two two']);
    expect(documents.size).toBe(0);
  });

  it('keeps its messages while one cannot be sent, for who comes again', async () => {
    await expect(publish(run, () => Promise.reject(new Error('UNAVAILABLE')), outbox)).rejects.toThrow(
      'UNAVAILABLE',
    );
    expect([...documents.keys()]).toEqual(paths);
    expect(await publishLeft(run, send, paths)).toBe(2);
    expect(sent).toEqual(['events one one', 'events two two']);
    expect(documents.size).toBe(0);
  });

  it('sends of what is asked for only what is still there', async () => {
    documents.delete(paths[0]!);
    expect(await publishLeft(run, send, paths)).toBe(1);
    expect(await publishLeft(run, send, paths)).toBe(0);
    expect(sent).toEqual(['events two two']);
  });
});
