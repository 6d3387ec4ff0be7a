import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PubSub } from '@google-cloud/pubsub';
import { idle } from '../../../cli/settle.ts';
import type { CountsByPayer } from '../../../emulators/meter/meter.ts';
import { PROJECT } from '../../../emulators/suite-address.ts';
import { hostSuite } from '../hosted.ts';
import { PIPELINES } from './flow.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const BATCH = { 'content-type': 'application/cloudevents-batch+json', pipeline: 'readings' };
const PER_MESSAGE = 500;
const KEYS = 1000;
/** Batches linger for a second to go together: these do not. */
const APART_MS = 1100;
/** Of a window's lanes, which are looked for when they are not there yet. */
const WARM_UP = 24;

/** Of the step `aggregate` alone, for 1,000 events. */
export interface AggregateOperations {
  readonly events: number;
  readonly pace: 'one by one' | 'at once';
  readonly reads: number;
  readonly writes: number;
}

const LOADS = [
  { messages: 20, pace: 'one by one' },
  { messages: 40, pace: 'at once' },
  { messages: 400, pace: 'at once' },
] as const;

/** What counting costs in Firestore where every message of 500 events touches two windows. */
export async function aggregateOperations(): Promise<AggregateOperations[]> {
  const suite = await hostSuite(ROOT, PIPELINES);
  const pubsub = new PubSub({ projectId: PROJECT });
  try {
    const topic = pubsub.topic('events-raw', { batching: { maxMessages: 1 } });
    const counts = async (): Promise<{ reads: number; writes: number }> => {
      const { counts } = (await (await fetch(`${suite.control}/operations`)).json()) as {
        counts: CountsByPayer;
      };
      const { 'firestore.reads': reads = 0, 'firestore.writes': writes = 0 } = counts['aggregate'] ?? {};
      return { reads, writes };
    };
    let sent = 0;
    const send = async (messages: number, pace: AggregateOperations['pace']): Promise<void> => {
      const publishing: Promise<string>[] = [];
      for (let message = 0; message < messages; message++) {
        publishing.push(topic.publishMessage({ data: readingsOf(sent++), attributes: BATCH }));
        if (pace === 'one by one') await sleep(APART_MS);
      }
      await Promise.all(publishing);
      await idle(suite.control);
    };
    await send(WARM_UP, 'at once');
    const rows: AggregateOperations[] = [];
    for (const { messages, pace } of LOADS) {
      const before = await counts();
      await send(messages, pace);
      const after = await counts();
      const thousands = (messages * PER_MESSAGE) / 1000;
      rows.push({
        events: messages * PER_MESSAGE,
        pace,
        reads: (after.reads - before.reads) / thousands,
        writes: (after.writes - before.writes) / thousands,
      });
    }
    return rows;
  } finally {
    await pubsub.close();
    await suite.stop();
  }
}

/** Readings of this very hour. */
function readingsOf(number: number): Buffer {
  const hour = Math.floor(Date.now() / 3600_000) * 3600_000;
  const events = Array.from({ length: PER_MESSAGE }, (_, at) => {
    const n = number * PER_MESSAGE + at;
    const data = { at: hour + (n % 1000), sensor: `s${n % KEYS}`, value: n % 7 };
    return { specversion: '1.0', id: String(n), source: '/bench', type: 'reading', data };
  });
  return Buffer.from(JSON.stringify(events));
}
