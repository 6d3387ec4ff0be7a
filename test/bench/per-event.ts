import { resolve } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { idle } from '../../cli/settle.ts';
import { PROJECT } from '../../emulators/suite-address.ts';
import { quakeLines } from './generate.ts';
import { hostSuite } from './hosted.ts';

/** Events/s of the usual way: a message and a document for every event, on the same suite. */
export async function perEventRate(events: number): Promise<number> {
  const suite = await hostSuite(
    resolve(import.meta.dirname, 'per-event'),
    resolve(import.meta.dirname, '../pipelines'),
  );
  const pubsub = new PubSub({ projectId: PROJECT });
  const firestore = new Firestore({ projectId: PROJECT });
  try {
    const topic = pubsub.topic('readings');
    const began = performance.now();
    const sent: Promise<string>[] = [];
    for (const line of quakeLines(events)) sent.push(topic.publishMessage({ data: Buffer.from(line) }));
    await Promise.all(sent);
    await idle(suite.control);
    const seconds = (performance.now() - began) / 1000;
    const { count } = (await firestore.collection('readings').count().get()).data();
    if (count !== events) throw new Error(`Wrong results: ${count} documents instead of ${events}`);
    return events / seconds;
  } finally {
    await Promise.all([pubsub.close(), firestore.terminate()]);
    await suite.stop();
  }
}
