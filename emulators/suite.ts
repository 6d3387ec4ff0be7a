import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkMirrors } from '../eventarc/check-mirrors.ts';
import { checkRoutes } from '../eventarc/check-routes.ts';
import { datasetsOf } from '../eventarc/datasets.ts';
import { loadWiring } from '../eventarc/load.ts';
import type { Wiring } from '../eventarc/wiring.ts';
import { BUCKETS, bucketName } from '../shared/config/config.ts';
import { loadMirrors, MirrorError } from '../shared/mirrors/load.ts';
import { loadPipelines, PipelineError } from '../shared/pipelines/load.ts';
import type { Pipeline } from '../shared/pipelines/pipeline.ts';
import { startAuth } from './auth/server.ts';
import { type BigQueryEmulator, startBigQuery } from './bigquery/server.ts';
import { type ConsoleServer, startConsole } from './console/console.ts';
import { type DemoAccount, settingsOf } from './console/settings.ts';
import { type EventarcEmulator, startEventarc } from './eventarc/router.ts';
import type { FaultPlan } from './faults/plan.ts';
import { type FirestoreEmulator, startFirestore } from './firestore/server.ts';
import { type FunctionsEmulator, startFunctions } from './functions/functions.ts';
import type { Log } from './functions/log.ts';
import { startGoogleFirestore } from './google/firestore.ts';
import type { Cause } from './meter/cause.ts';
import { HotWatch } from './meter/hot.ts';
import { Meter } from './meter/meter.ts';
import { tellHot } from './meter/tell-hot.ts';
import { consoleOrigins, uploadCors } from './origins.ts';
import { followPipelines } from './pipelines.ts';
import { createBroker } from './pubsub/broker.ts';
import { type PubsubEmulator, startPubsub } from './pubsub/server.ts';
import { followRules } from './rules/file.ts';
import { SecurityRules } from './rules/security-rules.ts';
import { startScheduler } from './scheduler/scheduler.ts';
import { serviceAccount } from './service-account.ts';
import { startStorage } from './storage/storage.ts';
import type { StorageEmulator } from './storage/types.ts';
import { LOCATION, PORTS, PROJECT, TIME_SCALE } from './suite-address.ts';
import type { DeployedQueue } from './tasks/server.ts';
import { startTasks } from './tasks/server.ts';
import type { Task } from './tasks/types.ts';

export interface SuiteOptions {
  /** Folder that holds eventarc/ and functions/. */
  readonly root: string;
  /** Folder of the pipelines; root/pipelines unless a test brings its own. */
  readonly pipelines?: string;
  /** First of the ports; 0 lets the system choose each. */
  readonly base?: number;
  /** Keeps all state there over restarts; without it everything is gone at the end. */
  readonly dir?: string;
  /** Google's Firestore emulator in the place of ours; it keeps nothing over restarts. */
  readonly firestore?: 'google';
  /** A process per step. */
  readonly isolate?: boolean;
  /** How many times faster than in the cloud schedules and backoffs run. */
  readonly timeScale?: number;
  /** More variables for the steps; they win over those of function.yaml. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Of the pages that may call steps and upload; the console's own unless told. */
  readonly origins?: readonly string[];
  /** What goes wrong on purpose, from the first event on. */
  readonly faults?: FaultPlan;
  /** An account that the console offers at its sign-in; whoever starts the suite has made it. */
  readonly demo?: DemoAccount;
  /** How many messages may wait for the steps before publishers are held back. */
  readonly mostWaiting?: number;
  readonly log: Log;
}

export interface Suite {
  readonly wiring: Wiring;
  /** As their files are now. */
  readonly pipelines: readonly Pipeline[];
  /** What points the official clients at the suite. */
  readonly environment: Readonly<Record<string, string>>;
  readonly pubsub: PubsubEmulator;
  readonly firestore: FirestoreEmulator;
  readonly storage: StorageEmulator;
  readonly bigquery: BigQueryEmulator;
  readonly eventarc: EventarcEmulator;
  readonly functions: FunctionsEmulator;
  readonly console: ConsoleServer;
  stop(): Promise<void>;
}

/**
 * Starts all emulators in this process and the steps in a child. Resolves when clients can publish and read; the steps
 * follow (`functions.ready()`), their events wait for them.
 * @throws WiringError, PipelineError, MirrorError, RulesError when a file is wrong; an EADDRINUSE error when a port is taken
 */
export async function startSuite(options: SuiteOptions): Promise<Suite> {
  const { root, base = 0, dir, isolate = false, timeScale = TIME_SCALE, log } = options;
  const port = (name: keyof typeof PORTS): number => (base === 0 ? 0 : base + PORTS[name]);
  const kept = (name: string) => (dir === undefined ? {} : { dir: join(dir, name) });
  const wiring = loadWiring(root);
  const folder = options.pipelines ?? join(root, 'pipelines');
  const loaded = loadPipelines(folder);
  const { pipelines, objects } = loaded;
  const astray = checkRoutes(loaded, wiring);
  if (astray.length > 0) throw new PipelineError(astray);
  const mirrors = loadMirrors(folder);
  const unwoken = checkMirrors(mirrors, wiring);
  if (unwoken.length > 0) throw new MirrorError(unwoken);

  const meter = new Meter();
  const hot = new HotWatch(tellHot(log));
  const broker = createBroker({ ...kept('pubsub'), timeScale, meter });
  let functions: FunctionsEmulator | undefined;
  let router: EventarcEmulator | undefined;
  const rules = new SecurityRules();
  const rulesFile = join(root, 'terraform/firestore.rules');
  const stopRules = followRules(rules, rulesFile, root, log);
  const queues = queuesOf(
    wiring,
    step => functions?.endpoint(step),
    (trigger, { cause, progress: { dispatches } }) => {
      const entered = router?.guard.enter(trigger, cause, dispatches > 0);
      return router?.guard.isStopped(trigger) ? undefined : entered;
    },
  );
  const accountFolder =
    dir === undefined ? mkdtempSync(join(tmpdir(), 'millrace-account-')) : join(dir, 'account');
  const account = await serviceAccount(accountFolder);
  const keys = new Map([[account.email, account.publicKey]]);
  const [page, pubsub, firestore, storage, bigquery, auth, tasks] = await Promise.all([
    startConsole({
      port: port('console'),
      root,
      settings: () => settings,
      uploads: () => functions?.endpoint('upload-url'),
    }),
    startPubsub({
      port: port('pubsub'),
      broker,
      full: (topic, messages) => router?.full(topic, messages),
      receivers: {
        enter: (subscription, delivery) => router?.receivers.enter(subscription, delivery),
        isStopped: subscription => router?.receivers.isStopped(subscription) ?? false,
      },
    }),
    options.firestore === 'google'
      ? startGoogleFirestore({ port: port('firestore'), project: PROJECT, rules: rulesFile, log })
      : startFirestore({ port: port('firestore'), ...kept('firestore'), rules, meter, hot }),
    startStorage({ port: port('storage'), ...kept('storage'), keys, meter }),
    startBigQuery({
      port: port('bigquery'),
      ...kept('bigquery'),
      storage: (): string => `http://127.0.0.1:${storage.port}`,
      datasets: datasetsOf(wiring).map(datasetId => ({ projectId: PROJECT, datasetId })),
      meter,
    }),
    startAuth({ port: port('auth'), ...kept('auth') }),
    startTasks({ port: port('tasks'), ...kept('tasks'), timeScale, queues, meter }),
  ]);
  const origins = options.origins ?? consoleOrigins(page.port);
  const environment = {
    GOOGLE_CLOUD_PROJECT: PROJECT,
    GOOGLE_CLOUD_LOCATION: LOCATION,
    PUBSUB_EMULATOR_HOST: `127.0.0.1:${pubsub.port}`,
    FIRESTORE_EMULATOR_HOST: `127.0.0.1:${firestore.port}`,
    STORAGE_EMULATOR_HOST: `http://127.0.0.1:${storage.port}`,
    BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${bigquery.port}`,
    FIREBASE_AUTH_EMULATOR_HOST: `127.0.0.1:${auth.port}`,
    CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${tasks.port}`,
  };
  const steps = await startFunctions({
    root,
    wiring,
    environment: {
      ...environment,
      GOOGLE_APPLICATION_CREDENTIALS: account.file,
      MILLRACE_ORIGINS: origins.join(),
      ...options.environment,
    },
    isolate,
    meter,
    port: port('functions'),
    log,
  });
  functions = steps;
  const settings = settingsOf(PROJECT, pipelines, { auth, firestore, storage }, options.demo);
  const eventarc = await startEventarc({
    port: port('eventarc'),
    wiring,
    project: PROJECT,
    location: LOCATION,
    broker,
    meter,
    measured: () => steps.measured(),
    hot,
    endpoint: step => steps.endpoint(step),
    kill: step => steps.kill(step),
    ...(options.faults && { faults: options.faults }),
    ...(options.mostWaiting !== undefined && { mostWaiting: options.mostWaiting }),
    log,
  });
  router = eventarc;
  storage.onChange(change => eventarc.storageChanged(change));
  firestore.onChange(changes => eventarc.documentsChanged(changes));
  for (const bucket of BUCKETS) storage.createBucket(bucketName(bucket, PROJECT));
  storage.createBucket(bucketName('uploads', PROJECT), { cors: uploadCors(origins) });
  await deploy(storage.port, new Map([...mirrors.objects, ...objects]));
  const followed = followPipelines(folder, loaded, changed => deploy(storage.port, changed), log);
  const scheduler = startScheduler({
    wiring,
    timeScale,
    fire: (trigger, time) => eventarc.scheduled(trigger, time),
    log,
  });
  return {
    wiring,
    get pipelines() {
      return followed.pipelines;
    },
    environment,
    pubsub,
    firestore,
    storage,
    bigquery,
    eventarc,
    functions: steps,
    console: page,
    stop: async () => {
      scheduler.stop();
      stopRules();
      followed.stop();
      await tasks.stop();
      await eventarc.stop();
      await steps.stop();
      await Promise.all([page, pubsub, firestore, storage, bigquery, auth].map(emulator => emulator.stop()));
      if (dir === undefined) rmSync(accountFolder, { recursive: true });
    },
  };
}

/** The queues of the task triggers, as terraform/triggers.tf makes them. */
function queuesOf(
  { triggers, steps }: Wiring,
  endpoint: (step: string) => URL | undefined,
  enter: (trigger: string, task: Task) => Cause | undefined,
): DeployedQueue[] {
  return triggers.flatMap(trigger => {
    if (trigger.kind !== 'task') return [];
    const { concurrency, instances } = steps.find(({ name }) => name === trigger.step)!;
    return {
      name: `projects/${PROJECT}/locations/${LOCATION}/queues/${trigger.queue}`,
      target: task => {
        const url = endpoint(trigger.step);
        const cause = url && enter(trigger.name, task);
        return url && cause !== undefined ? { url, cause } : undefined;
      },
      rate: { concurrent: concurrency * instances.max },
      retry: { attempts: -1, minimumBackoff: 10_000, maximumBackoff: 600_000 },
    };
  });
}

/** Uploads the compiled pipelines in their order, as a deployment does. */
async function deploy(port: number, objects: ReadonlyMap<string, string>): Promise<void> {
  const upload = `http://127.0.0.1:${port}/upload/storage/v1/b/${bucketName('pipelines', PROJECT)}/o`;
  for (const [name, body] of objects) {
    const url = `${upload}?uploadType=media&name=${encodeURIComponent(name)}`;
    const response = await fetch(url, { method: 'POST', body });
    if (!response.ok) throw new Error(`Could not store ${name}: ${response.status} ${await response.text()}`);
  }
}
