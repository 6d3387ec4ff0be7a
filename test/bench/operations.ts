import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PubSub } from '@google-cloud/pubsub';
import { idle } from '../../cli/settle.ts';
import type { Operations } from '../../emulators/firestore/operations.ts';
import { PROJECT } from '../../emulators/suite-address.ts';
import { quakeLines } from './generate.ts';
import { hostSuite } from './hosted.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const BATCH = { 'content-type': 'application/cloudevents-batch+json', pipeline: 'quakes' };
const HOUR_MS = 3600_000;
const KEYS = 1000;
/** By then a tick has shown what idle windows hold. */
const TICKS_MS = 2500;
/** Events a message, and how many events to send. */
const SIZES = [
  [1, 2000],
  [50, 10_000],
  [500, 20_000],
] as const;

export interface OperationsRow {
  readonly perMessage: number;
  /** Of the whole pipeline, for 1,000 events. */
  readonly operations: Operations;
}

/** What live events of a thousand keys cost in Firestore, by how many of them a message brings. */
export async function operationTable(): Promise<OperationsRow[]> {
  const rows: OperationsRow[] = [];
  for (const [perMessage, events] of SIZES) {
    rows.push({ perMessage, operations: await operationsOf(events, perMessage) });
  }
  return rows;
}

async function operationsOf(events: number, perMessage: number): Promise<Operations> {
  const suite = await hostSuite(ROOT);
  const pubsub = new PubSub({ projectId: PROJECT });
  try {
    const topic = pubsub.topic('events-raw', { batching: { maxMessages: 1 } });
    const now = Date.now();
    const lines = [...quakeLines(events, { keys: KEYS, from: now - HOUR_MS, until: now })];
    const before = await suite.operations();
    const sent: Promise<string>[] = [];
    for (let at = 0; at < lines.length; at += perMessage) {
      const records = lines
        .slice(at, at + perMessage)
        .map(
          (line, n) =>
            `{"specversion":"1.0","id":"${at + n}","source":"/bench","type":"quake","data":${line}}`,
        );
      sent.push(topic.publishMessage({ data: Buffer.from(`[${records.join(',')}]`), attributes: BATCH }));
    }
    await Promise.all(sent);
    await idle(suite.control);
    await sleep(TICKS_MS);
    const after = await suite.operations();
    const share = (name: keyof Operations): number =>
      Math.round(((after[name] - before[name]) * 1000) / events);
    return { reads: share('reads'), writes: share('writes'), deletes: share('deletes') };
  } finally {
    await pubsub.close();
    await suite.stop();
  }
}
