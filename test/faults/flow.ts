import { setTimeout as sleep } from 'node:timers/promises';
import type { Firestore } from '@google-cloud/firestore';
import type { PubSub } from '@google-cloud/pubsub';
import type { Storage } from '@google-cloud/storage';
import { PROJECT } from '../../emulators/suite-address.ts';
import { bucketName } from '../../shared/config/config.ts';
import { PIPELINE, type Workload } from './events.ts';
import { compare, oracle, readState, type Verdict } from './state.ts';

/** A running suite as its clients see it. */
export interface Site {
  readonly firestore: Firestore;
  readonly storage: Storage;
  readonly pubsub: PubSub;
  /** Of the router's control API. */
  readonly control: string;
}

/** So long nothing may change, with nothing under way, before what is there counts as the result. */
const QUIET_MS = 12_000;

/** Uploads the file and publishes the messages; resolves once the suite has taken all. */
export async function sendAll({ storage, pubsub }: Site, { file, messages }: Workload): Promise<void> {
  const topic = pubsub.topic('events-raw', { batching: { maxMessages: 20 } });
  const object = storage.bucket(bucketName('uploads', PROJECT)).file(`${PIPELINE}/faults.ndjson`);
  await Promise.all([
    object.save(file, { resumable: false }),
    ...messages.map(message => topic.publishMessage(message)),
  ]);
}

/**
 * Resolves once the documents are what the oracle says, or once nothing has moved for a while.
 * @param giveUpMs however much still moves
 */
export async function settled(site: Site, workload: Workload, giveUpMs: number): Promise<Verdict> {
  const expected = oracle(workload.events);
  const deadline = performance.now() + giveUpMs;
  let before = '';
  let since = performance.now();
  for (;;) {
    const { idle, moved } = await look(site.control);
    const verdict = withUpload(
      compare(expected, await readState(site.firestore)),
      await uploadOf(site),
      workload,
    );
    const now = `${moved} ${JSON.stringify(verdict)}`;
    if (idle && verdict.differences.length === 0) return verdict;
    if (now !== before || !idle) since = performance.now();
    before = now;
    if (performance.now() - since > QUIET_MS || performance.now() > deadline) {
      return idle ? verdict : { ...verdict, differences: [...verdict.differences, 'events still wait'] };
    }
    await sleep(250);
  }
}

interface Look {
  readonly idle: boolean;
  /** How many deliveries there have been, the schedules' left out: they never end. */
  readonly moved: number;
}

async function look(control: string): Promise<Look> {
  const answer = (await (await fetch(`${control}/status`)).json()) as {
    idle: boolean;
    triggers: { kind: string; delivered: number; failed: number }[];
  };
  const counted = answer.triggers.filter(({ kind }) => kind !== 'schedule');
  return {
    idle: answer.idle,
    moved: counted.reduce((sum, { delivered, failed }) => sum + delivered + failed, 0),
  };
}

type Upload = { state?: string; counts?: Record<string, number> } | undefined;

async function uploadOf({ firestore }: Site): Promise<Upload> {
  const { docs } = await firestore.collection('uploads').get();
  return docs[0]?.data();
}

/** The upload's own book-keeping must agree as well. */
function withUpload(verdict: Verdict, upload: Upload, { inFile }: Workload): Verdict {
  const { records, accepted = 0, rejected = 0, late = 0 } = upload?.counts ?? {};
  const differences = [
    upload?.state === 'done' ? [] : [`the upload is ${upload?.state ?? 'not there'} instead of done`],
    records === inFile ? [] : [`the upload has ${records} records instead of ${inFile}`],
    accepted + rejected === inFile && late === 0
      ? []
      : [`the upload counts ${accepted} accepted, ${rejected} rejected, ${late} late of ${inFile}`],
  ].flat();
  return { ...verdict, differences: [...verdict.differences, ...differences] };
}
