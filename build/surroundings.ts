import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { startAuth } from '../emulators/auth/server.ts';
import { issuerOf, unsigned } from '../emulators/auth/token.ts';
import { startBigQuery } from '../emulators/bigquery/server.ts';
import type { Emulator } from '../emulators/emulator.ts';
import { startFirestore } from '../emulators/firestore/server.ts';
import { type PubsubEmulator, startPubsub } from '../emulators/pubsub/server.ts';
import { serviceAccount } from '../emulators/service-account.ts';
import { startStorage } from '../emulators/storage/storage.ts';
import type { ObjectChange, StorageEmulator } from '../emulators/storage/types.ts';
import { PROJECT } from '../emulators/suite-address.ts';
import { datasetsOf } from '../eventarc/datasets.ts';
import { loadWiring } from '../eventarc/load.ts';
import { createBigQuery } from '../shared/bigquery/client.ts';
import { bucketName } from '../shared/config/config.ts';
import { loadMirrors } from '../shared/mirrors/load.ts';
import { loadPipelines } from '../shared/pipelines/load.ts';
import type { Pipeline } from '../shared/pipelines/pipeline.ts';

/** What a deployed step finds around it, with nobody to wake it: events are sent by hand. */
export interface Surroundings extends AsyncDisposable {
  readonly pipeline: Pipeline;
  /** Points the official clients here. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of a user who may publish everywhere. */
  readonly idToken: string;
  /** What has been written since the last call: paths of documents, topics that were published to, DATASET.TABLE with new rows. */
  effects(): Promise<string[]>;
  /** Stores an object among the uploads and resolves with the change that its event tells of. */
  upload(name: string, content: string): Promise<ObjectChange>;
  write(path: string, fields: Readonly<Record<string, unknown>>): Promise<void>;
}

/** A key that publish knows. */
export const API_KEY = 'probe';

/** Starts the emulators with all topics and the pipeline of build/fixtures/pipelines. @param root of the checkout */
export async function startSurroundings(root: string): Promise<Surroundings> {
  const { pipelines, objects } = loadPipelines(join(import.meta.dirname, 'fixtures/pipelines'));
  const folder = mkdtempSync(join(tmpdir(), 'millrace-account-'));
  const account = await serviceAccount(folder);
  const wiring = loadWiring(root);
  const datasets = datasetsOf(wiring);
  const [pubsub, firestore, storage, bigquery, auth] = await Promise.all([
    startPubsub(),
    startFirestore(),
    startStorage({ keys: new Map([[account.email, account.publicKey]]) }),
    startBigQuery({ datasets: datasets.map(datasetId => ({ projectId: PROJECT, datasetId })) }),
    startAuth(),
  ]);
  const topics = wiring.topics.map(topic => topic.name);
  for (const topic of topics) listenTo(pubsub, topic);
  const client = new Firestore({ projectId: PROJECT, host: `127.0.0.1:${firestore.port}`, ssl: false });
  let written: string[] = [];
  firestore.onChange(changes => {
    written.push(
      ...changes.map(({ name }) => name.slice(name.indexOf('/documents/') + '/documents/'.length)),
    );
  });
  for (const bucket of ['uploads', 'pipelines'] as const) storage.createBucket(bucketName(bucket, PROJECT));
  const { objects: mirrors } = loadMirrors(join(root, 'pipelines'));
  for (const [name, content] of [...mirrors, ...objects])
    await put(storage, bucketName('pipelines', PROJECT), name, content);
  const host = `http://127.0.0.1:${bigquery.port}`;
  const warehouse = await createBigQuery(PROJECT, { BIGQUERY_EMULATOR_HOST: host });
  const rows = new Map<string, number>();
  /** Tables with more rows than at the last call. */
  const grown = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const dataset of datasets) {
      const [tables] = await warehouse.dataset(dataset).getTables();
      for (const table of tables) {
        const name = `${dataset}.${table.id}`;
        const [metadata] = await table.getMetadata();
        const count = Number(metadata.numRows ?? 0);
        if (count > (rows.get(name) ?? 0)) found.push(name);
        rows.set(name, count);
      }
    }
    return found;
  };
  return {
    pipeline: pipelines[0]!,
    idToken: await signUp(auth),
    environment: {
      GOOGLE_CLOUD_PROJECT: PROJECT,
      PUBSUB_EMULATOR_HOST: `127.0.0.1:${pubsub.port}`,
      FIRESTORE_EMULATOR_HOST: `127.0.0.1:${firestore.port}`,
      STORAGE_EMULATOR_HOST: `http://127.0.0.1:${storage.port}`,
      FIREBASE_AUTH_EMULATOR_HOST: `127.0.0.1:${auth.port}`,
      BIGQUERY_EMULATOR_HOST: host,
      GOOGLE_APPLICATION_CREDENTIALS: account.file,
      MILLRACE_API_KEYS: `probe:${createHash('sha256').update(API_KEY).digest('hex')}`,
    },
    write: async (path, fields) => void (await client.doc(path).set(fields)),
    effects: async () => {
      const documents = written;
      written = [];
      const published = await Promise.all(
        topics.map(topic => pubsub.broker.lease(subscriptionOf(topic), 1000)),
      );
      const told = topics.filter((_topic, index) => published[index]!.length > 0);
      return [...documents, ...told, ...(await grown())];
    },
    upload: async (name, content) => {
      const changes: ObjectChange[] = [];
      const stop = storage.onChange(change => void changes.push(change));
      await put(storage, bucketName('uploads', PROJECT), name, content);
      stop();
      return changes.find(change => change.object.name === name)!;
    },
    [Symbol.asyncDispose]: async () => {
      await client.terminate();
      await Promise.all([pubsub.stop(), firestore.stop(), storage.stop(), bigquery.stop(), auth.stop()]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Makes a user; the token is one that the emulator would give. */
async function signUp({ port }: Emulator): Promise<string> {
  const url = `http://127.0.0.1:${port}/identitytoolkit.googleapis.com/v1/projects/${PROJECT}/accounts`;
  const headers = { authorization: 'Bearer owner' };
  const uid = 'probe';
  await fetch(url, { method: 'POST', headers, body: JSON.stringify({ localId: uid }) });
  const now = Math.floor(Date.now() / 1000);
  const times = { auth_time: now, iat: now, exp: now + 3600 };
  return unsigned({ iss: issuerOf(PROJECT), aud: PROJECT, sub: uid, ...times, publisher: '*' });
}

const subscriptionOf = (topic: string): string => `projects/${PROJECT}/subscriptions/${topic}`;

function listenTo({ broker }: PubsubEmulator, topic: string): void {
  const name = `projects/${PROJECT}/topics/${topic}`;
  broker.createTopic(name);
  broker.createSubscription({
    name: subscriptionOf(topic),
    topic: name,
    // Longer than anything here runs: a message that has been seen does not come again.
    ackDeadlineSeconds: 600,
    enableMessageOrdering: false,
    messageRetentionSeconds: 600,
    labels: {},
  });
}

async function put({ port }: StorageEmulator, bucket: string, name: string, body: string): Promise<void> {
  const query = `uploadType=media&name=${encodeURIComponent(name)}`;
  const url = `http://127.0.0.1:${port}/upload/storage/v1/b/${bucket}/o?${query}`;
  const response = await fetch(url, { method: 'POST', body });
  if (!response.ok) throw new Error(`Could not store ${name}: ${response.status} ${await response.text()}`);
}
