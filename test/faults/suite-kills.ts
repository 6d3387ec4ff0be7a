import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { addressOf } from '../../cli/connect.ts';
import { PORTS, PROJECT } from '../../emulators/suite-address.ts';
import { freeBase } from '../support/ports.ts';
import { generator } from './events.ts';
import { type Site, sendAll, settled } from './flow.ts';
import type { RunOptions } from './run.ts';
import type { Verdict } from './state.ts';

const CLI = resolve(import.meta.dirname, '../../cli/millrace.mjs');
const KILLS = 5;
/** After a start, milliseconds: from before the steps are up until they are busy. */
const EARLIEST_MS = 500;
const LATEST_MS = 4000;

/** Runs `millrace start --data` as a user does, and kills it with its steps again and again while clients publish. */
export async function throughKilledSuites({
  workload,
  seed,
  giveUpMs,
}: RunOptions): Promise<Verdict & { readonly faults: { readonly kill: number } }> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-faults-'));
  const address = addressOf(String(await freeBase(Object.values(PORTS))));
  const random = generator(seed);
  const start = async (): Promise<ChildProcess> => {
    const started = startSuite(address.base, dir);
    while (!(await answers(address.control))) {
      if (started.exitCode !== null) throw new Error(`The suite ended with ${started.exitCode}`);
      await sleep(20);
    }
    return started;
  };
  let suite = await start();
  Object.assign(process.env, address.environment);
  const site: Site = {
    firestore: new Firestore({ projectId: PROJECT }),
    storage: new Storage({ projectId: PROJECT, retryOptions: { autoRetry: true, maxRetries: 20 } }),
    pubsub: new PubSub({ projectId: PROJECT }),
    control: address.control,
  };
  try {
    const sent = sendAll(site, workload);
    sent.catch(() => {}); // Told below.
    for (let killed = 0; killed < KILLS; killed++) {
      await sleep(EARLIEST_MS + random() * (LATEST_MS - EARLIEST_MS));
      suite.kill('SIGKILL');
      await once(suite, 'exit');
      suite = await start();
    }
    await sent;
    return { ...(await settled(site, workload, giveUpMs)), faults: { kill: KILLS } };
  } finally {
    await Promise.all([site.firestore.terminate(), site.pubsub.close()]);
    suite.kill('SIGKILL');
    if (suite.exitCode === null && suite.signalCode === null) await once(suite, 'exit');
    await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function startSuite(base: number, dir: string): ChildProcess {
  const args = [CLI, 'start', '--empty', '--json', '--data', dir, '--port', String(base)];
  return spawn(process.execPath, args, { stdio: 'ignore' });
}

async function answers(control: string): Promise<boolean> {
  return fetch(`${control}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );
}
