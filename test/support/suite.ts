import { resolve } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import type { LogLine } from '../../emulators/functions/log.ts';
import { type Suite, type SuiteOptions, startSuite } from '../../emulators/suite.ts';
import { PROJECT } from '../../emulators/suite-address.ts';
import { uploadId } from '../../functions/ingest/upload.ts';
import { bucketName } from '../../shared/config/config.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

/** A suite on free ports with the pipelines of test/pipelines, and official clients that talk to it. */
export interface TestSuite extends AsyncDisposable {
  readonly suite: Suite;
  readonly firestore: Firestore;
  readonly storage: Storage;
  readonly pubsub: PubSub;
  readonly log: readonly LogLine[];
  /** Uploads content and resolves with the upload's id. */
  upload(name: string, content: string | Uint8Array, metadata?: Record<string, string>): Promise<string>;
  /** uploads/{id} once the upload is done or has failed and nothing is under way any more. */
  settled(id: string): Promise<Record<string, unknown>>;
  /** All documents of a collection that belong to an upload by `origin.upload`. */
  deadLettersOf(id: string): Promise<DeadLetter[]>;
  /** Sum over the panes of a pipeline's windows: start → key → statistics. */
  panes(pipeline: string): Promise<Map<string, Record<string, Statistics>>>;
}

export interface DeadLetter {
  readonly step?: string;
  readonly trigger?: string;
  readonly reason: string;
  readonly excerpt: string;
  readonly origin: { readonly file?: string; readonly line?: number; readonly upload?: string };
}

export interface Statistics {
  readonly count: number;
  readonly [measure: string]: unknown;
}

export async function startTestSuite(options: Partial<SuiteOptions> = {}): Promise<TestSuite> {
  const log: LogLine[] = [];
  const suite = await startSuite({
    root: ROOT,
    pipelines: resolve(ROOT, 'test/pipelines'),
    log: line => log.push(line),
    ...options,
  });
  Object.assign(process.env, suite.environment, { METADATA_SERVER_DETECTION: 'none' });
  const firestore = new Firestore({ projectId: PROJECT });
  const storage = new Storage({ projectId: PROJECT });
  const pubsub = new PubSub({ projectId: PROJECT });
  const bucket = storage.bucket(bucketName('uploads', PROJECT));
  return {
    suite,
    firestore,
    storage,
    pubsub,
    log,
    upload: async (name, content, metadata) => {
      const file = bucket.file(name);
      await file.save(Buffer.from(content), { resumable: false, metadata: { metadata: metadata ?? {} } });
      return uploadId({ bucket: bucket.name, name, generation: String(file.metadata.generation) });
    },
    settled: async id => {
      const document = await new Promise<Record<string, unknown>>((done, fail) => {
        const stop = firestore.doc(`uploads/${id}`).onSnapshot(snapshot => {
          const state = snapshot.get('state');
          if (state !== 'done' && state !== 'failed') return;
          stop();
          done(snapshot.data()!);
        }, fail);
      });
      await suite.eventarc.idle();
      return document;
    },
    deadLettersOf: async id => {
      const { docs } = await firestore.collection('deadLetters').where('origin.upload', '==', id).get();
      const letters = docs.map(letter => letter.data() as DeadLetter);
      return letters.sort((a, b) => (a.origin.line ?? 0) - (b.origin.line ?? 0));
    },
    panes: async pipeline => {
      const { docs } = await firestore.collection(`windows/${pipeline}/panes`).get();
      return new Map(
        docs.map(pane => [
          (pane.get('start').toDate() as Date).toISOString(),
          pane.get('keys') as Record<string, Statistics>,
        ]),
      );
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([firestore.terminate(), pubsub.close()]);
      await suite.stop();
    },
  };
}
