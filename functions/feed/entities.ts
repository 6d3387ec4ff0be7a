import type { Firestore } from '@google-cloud/firestore';
import { createGroups } from '../../shared/group/group.ts';
import { type Entity, latestOf, storable, supersedes } from './feed.ts';

/** Documents of one transaction: well below Firestore's 10 MiB a request with entities of some KB. */
const ENTITIES_A_TRANSACTION = 200;
/** Listeners are billed by viewer and change: an instance changes an entity at most once a second. */
const PAUSE_MS = 1000;

interface Job {
  readonly firestore: Firestore;
  readonly pipeline: string;
  readonly states: readonly Entity[];
}

const groups = createGroups(writeGroup, { most: 100, pause: PAUSE_MS });

/** Keeps those states in entities/{pipeline}/entityItems that are newer than what is there; resolves once they are durable. */
export async function keepLatest(
  firestore: Firestore,
  pipeline: string,
  states: readonly Entity[],
): Promise<void> {
  await groups(pipeline, { firestore, pipeline, states });
}

async function writeGroup(jobs: readonly Job[]): Promise<undefined[]> {
  const { firestore, pipeline } = jobs[0]!;
  const states = latestOf(jobs.flatMap(job => job.states));
  for (let at = 0; at < states.length; at += ENTITIES_A_TRANSACTION) {
    await writeNewer(firestore, pipeline, states.slice(at, at + ENTITIES_A_TRANSACTION));
  }
  return jobs.map(() => undefined);
}

/** Writes those states that are newer than what is stored; older ones arrive and change nothing. */
async function writeNewer(firestore: Firestore, pipeline: string, states: readonly Entity[]): Promise<void> {
  const items = firestore.collection(`entities/${pipeline}/entityItems`);
  await firestore.runTransaction(async transaction => {
    const known = await transaction.getAll(...states.map(state => items.doc(state.id)));
    for (const [at, state] of states.entries()) {
      const before = known[at];
      if (!supersedes(state, before?.data() as Entity | undefined)) continue;
      const { id, ...entity } = state;
      transaction.set(items.doc(id), { ...entity, data: storable(entity.data) });
    }
  });
}
