import { setTimeout } from 'node:timers/promises';
import type { Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { bucketName } from '../../shared/config/config.ts';
import { createFirestore } from '../../shared/documents/documents.ts';
import { MIRRORS_OBJECT, type Mirror } from '../../shared/mirrors/mirror.ts';
import { nearest } from '../../shared/yaml/nearest.ts';
import { CommandError } from '../command.ts';
import { loadPrices } from '../cost/prices.ts';
import { createProgress } from '../progress.ts';
import { count } from '../terminal.ts';
import { type Plan, planBackfill } from './plan.ts';
import { progressOf, startBackfill } from './run.ts';

const POLL_MS = 500;

export interface BackfillOptions {
  readonly project: string;
  /** Mirrors or their collections; all of them where none is said. */
  readonly names: readonly string[];
  readonly most: number | undefined;
  readonly dryRun: boolean;
}

export interface Backfilled {
  readonly mirror: string;
  readonly documents: number;
  readonly imported: number;
  readonly capped: boolean;
  readonly resumed: boolean;
  readonly seconds: number;
  readonly usd: number;
}

/** Backfills one mirror after the other. @param tell what a person is to read before it begins */
export async function backfill(
  { project, names, most, dryRun }: BackfillOptions,
  tell: (plan: Plan) => void,
): Promise<Backfilled[]> {
  const firestore = createFirestore(project);
  const pubsub = new PubSub({ projectId: project });
  const done: Backfilled[] = [];
  try {
    const prices = loadPrices();
    for (const mirror of chosen(await deployedMirrors(project), names)) {
      const plan = await planBackfill(firestore, mirror, most, prices);
      tell(plan);
      if (!dryRun) done.push(await run(firestore, pubsub, plan, most));
    }
    return done;
  } finally {
    await Promise.all([firestore.terminate(), pubsub.close()]);
  }
}

async function run(
  firestore: Firestore,
  pubsub: PubSub,
  { mirror, documents, usd }: Plan,
  most: number | undefined,
): Promise<Backfilled> {
  const began = performance.now();
  const plain = { mirror: mirror.name, documents, usd };
  const started = await startBackfill(firestore, pubsub, mirror, documents, most);
  const progress = createProgress(mirror.name);
  try {
    for (;;) {
      const now = await progressOf(firestore, started);
      progress.update(
        started.documents > 0 ? now.read / started.documents : 1,
        `${count(now.read)} of ${count(started.documents)} documents`,
      );
      if (now.ended) {
        const { imported, capped } = now;
        const seconds = (performance.now() - began) / 1000;
        return { ...plain, imported, capped, resumed: started.resumed, seconds };
      }
      await setTimeout(POLL_MS);
    }
  } finally {
    progress.done();
  }
}

/** Mirrors as they are deployed: those of the checkout may be newer. */
async function deployedMirrors(project: string): Promise<readonly Mirror[]> {
  const file = new Storage({ projectId: project })
    .bucket(bucketName('pipelines', project))
    .file(MIRRORS_OBJECT);
  const [content] = await file.download();
  return JSON.parse(content.toString('utf8')) as readonly Mirror[];
}

function chosen(mirrors: readonly Mirror[], names: readonly string[]): readonly Mirror[] {
  if (names.length === 0) return mirrors;
  return names.flatMap(name => {
    const found = mirrors.filter(mirror => mirror.name === name || mirror.collection === name);
    if (found.length > 0) return found;
    const known = mirrors.map(mirror => mirror.name);
    const guess = nearest(name, known);
    throw new CommandError(
      `There is no mirror "${name}". There are: ${known.join(', ') || 'none'}.${guess ? ` Did you mean ${guess}?` : ' Write one in pipelines/mirrors.'}`,
    );
  });
}
