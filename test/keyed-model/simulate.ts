import type { EventBatch } from '../../shared/batches/batch.ts';
import { applyBatches } from '../../shared/keyed/apply.ts';
import { collectionOf, type Forks, type Wake } from '../../shared/keyed/documents.ts';
import { type KeyedStore, LIMITS } from '../../shared/keyed/operator.ts';
import { outboxOf, publish, publishLeft } from '../../shared/keyed/outbox.ts';
import { type Firing, fireWake, type KeyedQueries, sweep } from '../../shared/keyed/sweep.ts';
import { millisOf, type RunTransaction } from '../../shared/windows/transaction.ts';
import { type Memory, memory } from '../windows-model/memory.ts';
import { Crash, pick, randomOf, scheduleOf } from '../windows-model/schedule.ts';
import { operator, START, scenarioOf } from './scenario.ts';

/** A change to the programs that must not go unnoticed. */
export interface Mutant {
  /** @param fresh runs transactions of its own */
  readonly applying?: (run: RunTransaction, fresh: RunTransaction) => RunTransaction;
  readonly firing?: (run: RunTransaction, fresh: RunTransaction) => RunTransaction;
  /** Messages go out before the commit that they come of. */
  readonly publishesEarly?: boolean;
  /** Messages are kept in the process alone until they are published. */
  readonly noOutbox?: boolean;
}

const STEP = 'model';
/** A mutant may go round for ever. */
const MOST_TURNS = 4_000;

/**
 * One random interleaving: batches arrive several times, together and at once; timers are lost, early, doubled; schedules run
 * meanwhile; any of them may die wherever another could come between. Dead deliveries are repeated.
 * @returns what was wrong, empty where every output came out once
 */
export async function simulate(seed: number, mutant: Mutant = {}): Promise<readonly string[]> {
  const random = randomOf(seed);
  const scenario = scenarioOf(random);
  const schedule = scheduleOf(random, random() < 0.5 ? 0 : 0.06);
  const store = memory(() => {});
  const clock = { now: START };
  const limits = {
    ...LIMITS,
    groups: pick(random, [1, 2, 100]),
    groupBytes: pick(random, [100, 300, LIMITS.groupBytes]),
    timers: pick(random, [1, 1000]),
    bytes: pick(random, [60, LIMITS.bytes]),
  };
  /** What Pub/Sub has taken: by batch id, since the next step does not count one twice. */
  const published = new Map<string, readonly string[]>();
  const refused = new Set<string>();
  const wakes: Wake[] = [];
  let turns = 0;
  const calm = async (): Promise<void> => {
    if (++turns > MOST_TURNS) throw new Error('Never comes to an end');
  };

  const send = (turn: () => Promise<void>) => async (_topic: string, message: { data: Buffer }) => {
    await turn();
    const { id, outputs } = JSON.parse(message.data.toString('utf8')) as { id: string; outputs: string[] };
    published.set(id, outputs);
    await turn();
  };
  const keyedStore = (forks: Forks, run: RunTransaction): KeyedStore<string> => ({
    step: STEP,
    run,
    forks,
    limits,
    effectsOf: async (_transaction, outputs, _operator, at) => {
      const id = [...outputs].join();
      const data = Buffer.from(JSON.stringify({ id, outputs }));
      const effects = outboxOf(STEP, id, 'out', [{ data, attributes: {} }], at);
      if (mutant.publishesEarly) published.set(id, outputs);
      return mutant.noOutbox ? { ...effects, changes: [] } : effects;
    },
  });
  /** An instance remembers where groups were split for as long as it lives. */
  const forksOf = (() => {
    const instances: Forks[] = [new Map(), new Map()];
    return () => pick(random, instances);
  })();
  const deliver = async (batches: readonly EventBatch[], turn = schedule.turn): Promise<void> => {
    const fresh = store.transactions(turn);
    const run = mutant.applying?.(fresh, fresh) ?? fresh;
    const jobs = batches.map(batch => ({ batch, operator }));
    const applied = await applyBatches(keyedStore(forksOf(), run), jobs, clock.now);
    for (const [at, { entry, duplicate, outbox, wakes: set }] of applied.entries()) {
      await (duplicate ? publishLeft(fresh, send(turn), entry.outbox) : publish(fresh, send(turn), outbox));
      for (const { event } of entry.refused) refused.add(batches[at]!.events[event]!.id);
      await turn();
      wakes.push(...set);
    }
  };
  const firing = (turn: () => Promise<void>): Firing<string> => {
    const fresh = store.transactions(turn);
    return {
      store: keyedStore(forksOf(), mutant.firing?.(fresh, fresh) ?? fresh),
      queries: queriesOf(store, turn),
      definition: async () => operator,
      send: send(turn),
      setWakes: async set => {
        await turn();
        wakes.push(...set);
      },
    };
  };
  const wait = async (most: number): Promise<void> => {
    for (let left = Math.floor(random() * most); left > 0; left--) await schedule.turn().catch(() => {});
  };
  const orDie = async (work: Promise<unknown>): Promise<void> => {
    await work.catch((error: unknown) => {
      const all: unknown[] = error instanceof AggregateError ? error.errors : [error];
      const other = all.find(one => !(one instanceof Crash));
      if (other) throw other;
    });
  };

  const copies = scenario.batches.flatMap(
    batch => Array(1 + Math.floor(random() * 2.5)).fill(batch) as EventBatch[],
  );
  const actors = together(copies, random).map(batches => async () => {
    await wait(30);
    for (;;) {
      try {
        return await deliver(batches);
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
    }
  });
  for (let left = 3 + Math.floor(random() * 5); left > 0; left--) {
    actors.push(async () => {
      await wait(80);
      clock.now += Math.floor(random() * 60_000);
      // A timer may be early, late, out of date, delivered twice, or never.
      const wake = wakes.length > 0 && random() < 0.6 ? pick(random, wakes) : undefined;
      await orDie(
        wake ? fireWake(firing(schedule.turn), wake, clock.now) : sweep(firing(schedule.turn), clock.now),
      );
    });
  }
  await schedule.run(actors);

  await deliver(scenario.closing, calm);
  // Then nothing comes any more but the schedule, and everything once again.
  for (let minutes = 0; minutes < 8; minutes++) {
    clock.now += 60_000;
    await sweep(firing(calm), clock.now);
  }
  for (const batch of scenario.batches) await deliver([batch], calm);
  for (const wake of [...wakes]) await fireWake(firing(calm), wake, clock.now);
  await sweep(firing(calm), clock.now);
  return problemsOf([...published.values()].flat(), scenario.outputs, refused, scenario.refused, store);
}

/** Some are delivered together. */
function together(batches: readonly EventBatch[], random: () => number): EventBatch[][] {
  const groups: EventBatch[][] = [];
  for (const batch of batches) {
    const open = groups.at(-1);
    if (open && random() < 0.4) open.push(batch);
    else groups.push([batch]);
  }
  return groups;
}

function queriesOf(store: Memory, turn: () => Promise<void>): KeyedQueries {
  const all = async (name: string) => {
    await turn();
    return store.collection(collectionOf(STEP, name)).map(([path, fields]) => ({ path, fields }));
  };
  const due = (fields: Record<string, unknown>, field: string, at: number): boolean =>
    fields[field] ? millisOf(fields[field]) <= at : false;
  const names = (found: Awaited<ReturnType<typeof all>>) =>
    found.map(({ fields }) => ({ operator: String(fields['operator']), group: String(fields['name']) }));
  return {
    progress: async () =>
      (await all('progress')).map(({ fields }) => ({
        operator: String(fields['operator']),
        clockedBy: fields['clockedBy'] as string[],
        progress: fields['inputs'] as never,
      })),
    dueByClock: async at => names((await all('keyGroups')).filter(({ fields }) => due(fields, 'dueAt', at))),
    dueByWatermark: async (_operator, at) =>
      names((await all('keyGroups')).filter(({ fields }) => due(fields, 'dueWatermark', at))),
    outbox: async before =>
      (await all('outbox')).filter(({ fields }) => due(fields, 'at', before)).map(({ path }) => path),
  };
}

function problemsOf(
  outputs: readonly string[],
  expected: readonly string[],
  refused: ReadonlySet<string>,
  bad: readonly string[],
  store: Memory,
): string[] {
  const count = (all: readonly string[]) => Map.groupBy(all, one => one);
  const [was, should] = [count(outputs), count(expected)];
  const problems: string[] = [];
  for (const one of should.keys()) if (!was.has(one)) problems.push(`lost: ${one}`);
  for (const [one, all] of was) {
    if (!should.has(one)) problems.push(`made up: ${one}`);
    else if (all.length > 1) problems.push(`${all.length} times: ${one}`);
  }
  if ([...refused].sort().join() !== [...bad].sort().join()) problems.push(`refused: ${[...refused].join()}`);
  const left = store.collection(collectionOf(STEP, 'outbox')).length;
  if (left > 0) problems.push(`${left} messages left`);
  return problems;
}
