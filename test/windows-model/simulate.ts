import { countBatch, countBatches, LIMITS } from '../../functions/aggregate/aggregate.ts';
import { lateRejects } from '../../functions/aggregate/late.ts';
import { tick } from '../../functions/tick/tick.ts';
import type { Sizes } from '../../shared/streams/segments.ts';
import type { RunTransaction } from '../../shared/windows/transaction.ts';
import { checkerOf } from './checker.ts';
import type { Kind } from './forms.ts';
import { type Memory, memory } from './memory.ts';
import { type Sent, scenarioOf } from './scenario.ts';
import { Crash, pick, randomOf, scheduleOf } from './schedule.ts';
import { memoryTickStore } from './tick-store.ts';

/** A change to the transaction programs that must not go unnoticed. */
export interface Mutant {
  /** @param fresh runs transactions of its own */
  readonly counting?: (run: RunTransaction, fresh: RunTransaction) => RunTransaction;
  readonly closing?: (run: RunTransaction, fresh: RunTransaction) => RunTransaction;
}

/** As it is, where nothing here is large enough for segments; or so that each commit makes some, and others merge them. */
const SIZES_OF_SEGMENTS: readonly Sizes[] = [LIMITS.sizes, { segment: 1, pile: 2 }, { segment: 60, pile: 3 }];

/** A mutant may go round for ever. */
const MOST_TURNS = 10_000;

/**
 * One random interleaving: batches arrive several times and at once, ticks run meanwhile, also two at a time, and any of
 * them may die wherever another could come between. Dead deliveries are repeated, as Pub/Sub does.
 * @param kind of its windows; any where it is left out
 * @returns what was wrong, empty when all came out as the oracle says
 */
export async function simulate(seed: number, mutant: Mutant = {}, kind?: Kind): Promise<readonly string[]> {
  const random = randomOf(seed);
  const scenario = scenarioOf(random, kind);
  const crashes = random() < 0.5 ? 0 : 0.08;
  const schedule = scheduleOf(random, crashes);
  let turns = 0;
  const calm = async (): Promise<void> => {
    if (++turns > MOST_TURNS) throw new Error('Never comes to an end');
  };
  const checker = checkerOf(scenario, crashes > 0);
  const store: Memory = memory(checker.committed);
  const clock = { now: Date.UTC(2026, 0, 1) };
  const windows = random() < 0.3 ? 2 : LIMITS.windows;
  const limits = { ...LIMITS, windows, sizes: pick(random, SIZES_OF_SEGMENTS) };

  /** Counts what an instance has in hand: one delivery, or a group of them. */
  const deliver = async (group: readonly Sent[], turn = schedule.turn) => {
    const fresh = store.transactions(turn);
    const run = mutant.counting ? mutant.counting(fresh, fresh) : fresh;
    const batches = group.map(({ batch }) => batch);
    const counted = await countBatches(run, batches, group[0]!.pipeline, clock.now, limits);
    await turn();
    for (const [at, { entry }] of counted.entries()) {
      lateRejects(batches[at]!, entry);
      checker.late(batches[at]!, entry);
    }
    await turn();
  };
  const ticking = async (turn = schedule.turn): Promise<void> => {
    const fresh = store.transactions(turn);
    const run = mutant.closing ? mutant.closing(fresh, fresh) : fresh;
    const { failures } = await tick(memoryTickStore(store, run, turn), () => clock.now);
    const other = failures.find(failure => !(failure instanceof Crash));
    if (other) throw other;
  };
  const untilDone = async (work: () => Promise<void>): Promise<void> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
    }
  };
  const wait = async (most: number): Promise<void> => {
    for (let turns = Math.floor(random() * most); turns > 0; turns--) {
      try {
        await schedule.turn();
      } catch {}
    }
  };

  for (const id of scenario.uploads.keys()) {
    store.put(`uploads/${id}`, { pipeline: 'model', state: 'reading', counts: { rejected: 0 } });
  }
  const copies = scenario.batches.flatMap(
    sent => Array(1 + Math.floor(random() * 2.5)).fill(sent) as (typeof sent)[],
  );
  const actors = groupsOf(copies, random).map(group => async () => {
    await wait(25);
    await untilDone(() => deliver(group));
  });
  for (const [id, published] of scenario.uploads) {
    actors.push(async () => {
      await wait(30);
      store.put(`uploads/${id}`, {
        ...store.fields(`uploads/${id}`),
        state: 'read',
        counts: { rejected: 0, published },
      });
    });
  }
  for (let ticks = 2 + Math.floor(random() * 4); ticks > 0; ticks--) {
    actors.push(async () => {
      await wait(60);
      clock.now += Math.floor(random() * 200_000);
      await ticking().catch(error => {
        if (!(error instanceof Crash)) throw error;
      });
    });
  }
  await schedule.run(actors);

  // Then nothing comes any more, and ticks go on until every window is closed.
  for (let minutes = 0; minutes < 12; minutes++) {
    clock.now += 60_000;
    await ticking(calm);
  }
  checker.end();
  const strays = straySegments(store);
  // Long afterwards all of it is replayed, without and with the ledger: nothing that is shown may change.
  for (const sent of scenario.batches) await deliver([sent], calm);
  const endless = scenario.batches.some(({ pipeline }) =>
    pipeline.windows.some(({ kind }) => kind === 'global'),
  );
  // (What never closes would count it again.)
  for (const name of ['ledger', 'lanes']) {
    for (const [path, { expireAt }] of store.collection(`_millrace/aggregate/${name}`))
      if (expireAt !== undefined && !endless) store.put(path, undefined);
  }
  for (const { batch, pipeline } of scenario.batches) {
    await countBatch(store.transactions(calm), batch, pipeline, clock.now, limits);
  }
  await ticking(calm);
  return [...checker.problems, ...strays];
}

/** Segments that no lane knows of: nobody would ever read or delete them. */
function straySegments({ documents }: Memory): string[] {
  return [...documents.keys()].flatMap(path => {
    const [lane, name] = path.split('/chunks/c');
    if (name === undefined || !lane!.startsWith('_millrace/aggregate/lanes/')) return [];
    const chunks = documents.get(lane!)?.fields['chunks'] as readonly string[] | undefined;
    return chunks?.includes(name) ? [] : [`${path}: of no lane`];
  });
}

/** Deals deliveries out to instances, some of which take several of one kind at once. */
function groupsOf(deliveries: readonly Sent[], random: () => number): Sent[][] {
  const kinds = new Map<string, Sent[]>();
  const groups: Sent[][] = [];
  for (const sent of deliveries) {
    const kind = `${sent.batch.version} ${sent.batch.upload === undefined}`;
    const open = kinds.get(kind);
    if (open && random() < 0.4) {
      open.push(sent);
      continue;
    }
    const group = [sent];
    kinds.set(kind, group);
    groups.push(group);
  }
  return groups;
}
