import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBroker, type LocalBroker } from './broker.ts';
import type { Delivery, SubscriptionConfig } from './types.ts';

const TOPIC = 'projects/demo/topics/orders';
const SUB: SubscriptionConfig = {
  name: 'projects/demo/subscriptions/worker',
  topic: TOPIC,
  ackDeadlineSeconds: 10,
  enableMessageOrdering: false,
  messageRetentionSeconds: 7 * 86_400,
  labels: { team: 'a' },
};
const KILOBYTE = 1024;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pubsub-test-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function begin(broker: LocalBroker): LocalBroker {
  broker.createTopic(TOPIC, { kind: 'b' });
  broker.createSubscription(SUB);
  return broker;
}
const send = (broker: LocalBroker, ...data: string[]): Promise<string[]> =>
  broker.publish(
    TOPIC,
    data.map(item => ({ data: Buffer.from(item), attributes: { of: item.slice(0, 9) }, orderingKey: 'k' })),
  );
const texts = (deliveries: readonly Delivery[]): string[] =>
  deliveries.map(({ message }) => Buffer.from(message.data).toString());
const files = (folder: string): string[] => readdirSync(folder).filter(name => name.endsWith('.messages'));

describe('a broker with a folder', () => {
  it('comes back with topics, subscriptions, messages and attempts after a stop', async () => {
    const first = begin(createBroker({ dir }));
    const ids = await send(first, 'a', 'b', 'c', 'd');
    const [a, b, c] = await first.lease(SUB.name, 3);
    first.ack(SUB.name, [b!.ackId]);
    first.nack(SUB.name, [a!.ackId]);
    first.stop();

    const second = createBroker({ dir });
    expect(second.topic(TOPIC)).toEqual({ name: TOPIC, labels: { kind: 'b' } });
    expect(second.subscription(SUB.name)).toEqual(SUB);
    second.ack(SUB.name, [c!.ackId]);
    const deliveries = await second.lease(SUB.name, 10);
    expect(texts(deliveries)).toEqual(['a', 'c', 'd']);
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([2, 1, 1]);
    expect(deliveries[2]!.message).toMatchObject({
      messageId: ids[3],
      attributes: { of: 'd' },
      orderingKey: 'k',
    });
    const [next] = await send(second, 'e');
    expect(BigInt(next!)).toBeGreaterThan(BigInt(ids[3]!));
    second.stop();
  });

  it('gives rising ids over restarts even where nothing was kept and the clock stands still', async () => {
    const now = () => 5;
    const ids: string[] = [];
    for (let run = 0; run < 3; run++) {
      const broker = createBroker({ dir, now });
      if (run === 0) broker.createTopic(TOPIC);
      ids.push(...(await send(broker, 'x', 'y')));
      broker.stop();
    }
    expect(ids.toSorted((a, b) => Number(a) - Number(b))).toEqual(ids);
    expect(new Set(ids).size).toBe(6);
  });

  it('forgets deleted topics and subscriptions over a restart', async () => {
    const first = begin(createBroker({ dir }));
    await send(first, 'a');
    first.createSubscription({ ...SUB, name: `${SUB.name}-2` });
    first.deleteSubscription(`${SUB.name}-2`);
    first.deleteTopic(TOPIC);
    first.stop();
    const second = createBroker({ dir });
    expect(second.topics).toEqual([]);
    expect(second.subscriptions.map(({ name, topic }) => [name, topic])).toEqual([
      [SUB.name, '_deleted-topic_'],
    ]);
    expect(texts(await second.lease(SUB.name, 10))).toEqual(['a']);
    second.stop();
  });

  it('loses no confirmed message when the process is killed, nor brings many acknowledged ones back', async () => {
    const script = `
      const { createBroker } = await import(${JSON.stringify(new URL('./broker.ts', import.meta.url).href)});
      const broker = createBroker({ dir: ${JSON.stringify(dir)} });
      broker.createTopic(${JSON.stringify(TOPIC)});
      broker.createSubscription(${JSON.stringify(SUB)});
      for (let at = 0; ; at++) {
        const ids = await broker.publish(${JSON.stringify(TOPIC)},
          [{ data: Buffer.alloc(${KILOBYTE}, String(at % 10)), attributes: {}, orderingKey: '' }]);
        const acked = [];
        if (at % 2) {
          for (const { ackId, message } of await broker.lease(${JSON.stringify(SUB.name)}, 1)) {
            broker.ack(${JSON.stringify(SUB.name)}, [ackId]);
            acked.push(message.messageId);
          }
        }
        // Told before it goes on: what waits in this process is lost with it.
        const line = JSON.stringify({ ids, acked }) + '\\n';
        await new Promise(told => process.stdout.write(line, told));
        await new Promise(setImmediate);
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.split('\n').length > 500) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const told = output
      .slice(0, output.lastIndexOf('\n'))
      .split('\n')
      .map(line => JSON.parse(line) as { ids: string[]; acked: string[] });
    const acked = new Set(told.flatMap(line => line.acked));
    const confirmed = told.flatMap(line => line.ids).filter(id => !acked.has(id));
    expect(confirmed.length).toBeGreaterThan(200);

    const broker = createBroker({ dir });
    const left = await broker.lease(SUB.name, 10_000);
    const found = new Set(left.map(({ message }) => message.messageId));
    // The child may have been killed between the journal and a line of output, or the other way round.
    expect(confirmed.filter(id => !found.has(id)).length).toBeLessThanOrEqual(1);
    expect([...acked].filter(id => found.has(id)).length).toBeLessThanOrEqual(1);
    expect(left.every(({ message }) => message.data.length === KILOBYTE)).toBe(true);
    broker.stop();
  });

  it('passes over a last record that a crash cut short, in messages and journal', async () => {
    const first = begin(createBroker({ dir }));
    await send(first, 'a', 'b');
    first.stop();
    const [segment] = files(dir);
    appendFileSync(join(dir, segment!), Buffer.from([200, 0, 0, 0, 3, 0, 0, 0, 123]));
    appendFileSync(join(dir, 'journal.jsonl'), '{"left":[12');
    for (let run = 0; run < 2; run++) {
      const broker = createBroker({ dir });
      expect(texts(await broker.lease(SUB.name, 10, 0.001))).toContain('b');
      await send(broker, 'c');
      broker.stop();
    }
  });

  it('starts with a journal of what is, however much has happened', async () => {
    const first = begin(createBroker({ dir }));
    for (let round = 0; round < 50; round++) {
      await send(first, ...Array.from({ length: 100 }, (_, at) => `${at}`));
      const deliveries = await first.lease(SUB.name, 100);
      first.ack(
        SUB.name,
        deliveries.map(({ ackId }) => ackId),
      );
    }
    first.stop();
    const before = statSync(join(dir, 'journal.jsonl')).size;
    createBroker({ dir }).stop();
    expect(statSync(join(dir, 'journal.jsonl')).size).toBeLessThan(before / 20);
    expect(files(dir)).toEqual([]);
  });
});

describe('message bodies', () => {
  const body = 'x'.repeat(64 * KILOBYTE);

  it('beyond the cap lie on disk, come back whole and in order, and their files go with the last of them', async () => {
    const broker = begin(createBroker({ dir, memoryBytes: 100 * KILOBYTE }));
    const sent = Array.from({ length: 600 }, (_, at) => `${at}:${body}`);
    for (const data of sent) await send(broker, data);
    expect(broker.memoryBytes).toBeLessThanOrEqual(100 * KILOBYTE);
    expect(files(dir)).toHaveLength(3);
    const deliveries = await broker.lease(SUB.name, 600);
    expect(texts(deliveries)).toEqual(sent);
    broker.ack(
      SUB.name,
      deliveries.slice(0, 300).map(({ ackId }) => ackId),
    );
    expect(files(dir)).toHaveLength(2);
    broker.ack(
      SUB.name,
      deliveries.slice(300).map(({ ackId }) => ackId),
    );
    expect(files(dir)).toEqual([]);
    expect(broker.memoryBytes).toBe(0);
    broker.stop();
  });

  it('without a folder go to a temporary one that a stop removes', async () => {
    const broker = begin(createBroker({ memoryBytes: 0 }));
    const before = temporaryFolders();
    await send(broker, 'a');
    const made = [...temporaryFolders()].filter(name => !before.has(name));
    expect(made.length).toBeGreaterThan(0);
    expect(texts(await broker.lease(SUB.name, 1))).toEqual(['a']);
    broker.stop();
    const left = temporaryFolders();
    expect(made.some(name => !left.has(name))).toBe(true);
  });

  it('are kept until the last subscription has acknowledged', async () => {
    const broker = begin(createBroker());
    const other = { ...SUB, name: `${SUB.name}-2` };
    broker.createSubscription(other);
    await send(broker, body);
    const [mine] = await broker.lease(SUB.name, 1);
    broker.ack(SUB.name, [mine!.ackId]);
    expect(broker.memoryBytes).toBeGreaterThan(body.length);
    broker.deleteSubscription(other.name);
    expect(broker.memoryBytes).toBe(0);
  });
});

const temporaryFolders = (): Set<string> =>
  new Set(readdirSync(tmpdir()).filter(name => name.startsWith('millrace-pubsub-')));
