import { Firestore } from '@google-cloud/firestore';
import { fill, percentile, rate } from './load.ts';
import { PROJECT, RawClient } from './raw.ts';
import { memory, processorTime, type Subject } from './subject.ts';

export interface Sizes {
  /** Documents in the queried collection. */
  readonly documents: number;
  /** Documents of a kilobyte, for memory. */
  readonly kilobytes: number;
  readonly seconds: number;
  readonly listeners: number;
}

export interface Figure {
  readonly name: string;
  readonly aim: string;
  readonly value: string;
}

const PARENT = `projects/${PROJECT}/databases/(default)/documents`;

const clientOf = ({ port }: Subject): Firestore =>
  new Firestore({ host: '127.0.0.1', port, ssl: false, projectId: PROJECT });

/** From `set` to the snapshot of a listener on the whole collection, one write at a time. */
async function listenerLatency(db: Firestore, { documents, seconds }: Sizes): Promise<Figure> {
  let heard = (_: number): void => {};
  const stop = db.collection('many').onSnapshot(snapshot => {
    const change = snapshot.docChanges()[0];
    heard(change ? Number(change.doc.get('at')) : 0);
  });
  await new Promise<void>(resolve => {
    heard = () => resolve();
  });
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  for (let n = 1; performance.now() < end; n++) {
    const start = performance.now();
    const shown = new Promise<void>(resolve => {
      heard = at => at === n && resolve();
    });
    void db.doc(`many/d${(n * 7919) % documents}`).update({ at: n });
    await shown;
    times.push(performance.now() - start);
  }
  stop();
  return {
    name: `listener on a query over ${documents} documents, from write to snapshot, p50 (p99)`,
    aim: '< 3 ms',
    value: `${percentile(times, 0.5).toFixed(1)} (${percentile(times, 0.99).toFixed(1)}) ms`,
  };
}

async function equalityQueries(
  db: Firestore,
  subject: Subject,
  { documents, seconds }: Sizes,
): Promise<Figure[]> {
  const kinds = documents / 20;
  const before = process.cpuUsage();
  let read = 0;
  const official = await rate(seconds, 16, n => {
    read++;
    const kind = n % kinds;
    return db.collection('many').where('kind', '==', kind).limit(10).get();
  });
  const { user, system } = process.cpuUsage(before);
  const raw = new RawClient(subject.port);
  const used = processorTime(subject.pid);
  let asked = 0;
  const direct = await rate(seconds, 16, n => {
    asked++;
    return raw.runQuery(equality(n % kinds));
  });
  const each = (processorTime(subject.pid) - used) / asked;
  raw.close();
  const name = `where == limit 10 over ${documents} documents`;
  return [
    {
      name: `${name}, the official client (its own processor time)`,
      aim: '',
      value: `${official.toFixed(0)}/s (${((user + system) / 1000 / read).toFixed(2)} ms)`,
    },
    { name: `${name}, gRPC alone`, aim: '≥ 1,000/s', value: `${direct.toFixed(0)}/s` },
    { name: `${name}, processor time of the emulator`, aim: '', value: `${each.toFixed(2)} ms` },
  ];
}

const equality = (kind: number): object => ({
  parent: PARENT,
  structuredQuery: {
    from: [{ collectionId: 'many' }],
    where: {
      fieldFilter: { field: { fieldPath: 'kind' }, op: 'EQUAL', value: { integerValue: String(kind) } },
    },
    limit: { value: 10 },
  },
});

async function contendedTransactions(db: Firestore, { seconds }: Sizes): Promise<Figure> {
  const ref = db.doc('counters/one');
  await ref.set({ n: 0 });
  let done = 0;
  const increment = async (): Promise<void> => {
    await db.runTransaction(
      async transaction => {
        const n = Number((await transaction.get(ref)).get('n'));
        transaction.update(ref, { n: n + 1 });
      },
      { maxAttempts: 1000 },
    );
    done++;
  };
  const reached = await rate(seconds, 8, increment);
  const n = (await ref.get()).get('n');
  if (n !== done) throw new Error(`${done} increments made ${n}.`);
  return {
    name: 'transactions on one document, 8 at a time',
    aim: '≥ 400/s',
    value: `${reached.toFixed(0)}/s`,
  };
}

async function manyListeners(
  db: Firestore,
  subject: Subject,
  { listeners, seconds }: Sizes,
): Promise<Figure[]> {
  await db.doc('watched/one').set({ n: 0 });
  const raw = new RawClient(subject.port, 10);
  let heard = 0;
  let all = (): void => {};
  const target = {
    database: `projects/${PROJECT}/databases/(default)`,
    addTarget: {
      targetId: 2,
      query: { parent: PARENT, structuredQuery: { from: [{ collectionId: 'watched' }] } },
    },
  };
  /** Only a message with the document in it is that long. */
  const withDocument = 60;
  const calls = Array.from({ length: listeners }, (_, i) =>
    raw.listen(i, target, message => {
      if (message.length > withDocument && ++heard === listeners) all();
    }),
  );
  const told = (): Promise<void> => {
    heard = 0;
    return new Promise(resolve => {
      all = resolve;
    });
  };
  await told();
  const times: number[] = [];
  const used = processorTime(subject.pid);
  for (let n = 1; times.reduce((sum, time) => sum + time, 0) < seconds * 1000; n++) {
    const start = performance.now();
    const everybody = told();
    await db.doc('watched/one').set({ n });
    await everybody;
    times.push(performance.now() - start);
  }
  const each = (processorTime(subject.pid) - used) / times.length;
  for (const call of calls) call.cancel();
  raw.close();
  const name = `a write that ${listeners} listeners on one query hear of`;
  return [
    {
      name: `${name}, until the last has it, p50`,
      aim: '',
      value: `${percentile(times, 0.5).toFixed(0)} ms`,
    },
    { name: `${name}, processor time of the emulator`, aim: '', value: `${each.toFixed(0)} ms` },
  ];
}

/** Documents of a kilobyte in ten fields; memory once they are written, and at its highest on the way. */
async function memoryOfDocuments(db: Firestore, subject: Subject, { kilobytes }: Sizes): Promise<Figure> {
  const text = 'x'.repeat(90);
  await fill(db, 'kilobytes', kilobytes, n =>
    Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`field${i}`, `${n} ${text}`])),
  );
  const { now, peak } = memory(subject.pid);
  return {
    name: `memory with ${kilobytes} documents of 1 kB in ten fields (at its highest)`,
    aim: '< 400 MB',
    value: `${now} (${peak}) MB`,
  };
}

/** Everything about one emulator; the one of memory first, before the others leave theirs. */
export async function measure(subject: Subject, sizes: Sizes): Promise<Figure[]> {
  const db = clientOf(subject);
  try {
    const figures = [await memoryOfDocuments(db, subject, sizes)];
    const kinds = sizes.documents / 20;
    await fill(db, 'many', sizes.documents, n => ({ n, kind: n % kinds, at: 0 }));
    figures.push(await listenerLatency(db, sizes));
    figures.push(...(await equalityQueries(db, subject, sizes)));
    figures.push(await contendedTransactions(db, sizes));
    figures.push(...(await manyListeners(db, subject, sizes)));
    return figures;
  } finally {
    await db.terminate();
  }
}
