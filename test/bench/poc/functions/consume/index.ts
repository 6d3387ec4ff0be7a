import { onMessage } from '../../../../../shared/step/step.ts';

/** Times of one run: `sent` and the moment of the effect, ms since the epoch. */
interface Run {
  readonly latencies: number[];
  first: number;
  /** Deliveries that this consumer does not want, and gets where its subscription does not filter. */
  passedBy: number;
}

const runs = new Map<string, Run>();

/** A message says its `run`, when it was `sent`, how many `of` its kind there are, and what `kind` it is. */
onMessage('consume', async ({ attributes }, { firestore }) => {
  const { run = '', sent, of, kind } = attributes;
  const now = Date.now();
  const known = runs.get(run) ?? { latencies: [], first: now, passedBy: 0 };
  runs.set(run, known);
  if (kind !== 'wanted') {
    known.passedBy++;
    return;
  }
  const { latencies, first } = known;
  latencies.push(now - Number(sent));
  if (latencies.length !== Number(of)) return;
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  const { passedBy } = known;
  const result = {
    count: sorted.length,
    seconds: (now - first) / 1000,
    p50: at(0.5),
    p99: at(0.99),
    passedBy,
  };
  await firestore.doc(`results/${run}`).set(result);
});
