import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createProgress } from '../cli/progress.ts';
import { runScript, wholeNumber } from '../cli/script.ts';
import { table } from '../cli/terminal.ts';
import { buildArchives } from './archives.ts';
import { startInstance, unpack } from './instance.ts';
import { startSurroundings } from './surroundings.ts';
import { WAKERS, wake } from './wakers.ts';

const ROOT = resolve(import.meta.dirname, '..');
const MAX_MS = 500;
const HELP = `Usage: npm run bench:cold -- [--runs N] [--json]

Builds every step's archive and measures its cold start: from the start of the process to its answer to the first real
event, which it gives after all its effects. The emulators run beside it, on the same cores.

Options:
  --runs N  Starts of each step, of which the medians are told; 10 unless told
  --json    For scripts: one JSON object on standard output, nothing else
  --help    This text

Exit codes: 0 done, 1 failed or a median is over ${MAX_MS} ms, 2 wrong use.`;

/** Of one step; milliseconds, medians over the runs. */
interface Cold {
  readonly bytes: number;
  /** Until it takes connections. */
  readonly readyMs: number;
  /** Until its answer to the first event. */
  readonly answerMs: number;
  /** User and system time of the process until then. */
  readonly cpuMs: number;
}

async function measure(
  runs: number,
  folder: string,
  onRun: (share: number, what: string) => void,
): Promise<Record<string, Cold>> {
  const manifest = await buildArchives(ROOT, join(folder, 'dist'), step => onRun(0, `building ${step}`));
  const steps = Object.entries(manifest);
  const samples = new Map<string, Omit<Cold, 'bytes'>[]>();
  await using around = await startSurroundings(ROOT);
  for (const [step, { file }] of steps) unpack(ROOT, join(folder, 'dist', file), join(folder, step));
  // Round by round, so that whatever else the machine does falls on all steps alike.
  for (let run = 0; run < runs; run++) {
    for (const [index, [step]] of steps.entries()) {
      onRun((run * steps.length + index) / (runs * steps.length), step);
      const waker = WAKERS[step];
      if (!waker) throw new Error(`build/wakers.ts has no event for the step "${step}". Add a line there.`);
      const event = await waker(around, `run-${run}`);
      await using instance = await startInstance(step, join(folder, step), around.environment);
      const status = await wake(instance.url, event);
      const answerMs = instance.elapsedMs();
      if (status >= 300) throw new Error(`${step} answered ${status}:\n${instance.output()}`);
      const sample = { readyMs: instance.readyMs, answerMs, cpuMs: await instance.cpuMs() };
      samples.set(step, [...(samples.get(step) ?? []), sample]);
    }
  }
  const medianOf = (step: string, what: keyof Omit<Cold, 'bytes'>): number =>
    median((samples.get(step) ?? []).map(sample => sample[what]));
  return Object.fromEntries(
    steps.map(([step, { bytes }]) => [
      step,
      {
        bytes,
        readyMs: medianOf(step, 'readyMs'),
        answerMs: medianOf(step, 'answerMs'),
        cpuMs: medianOf(step, 'cpuMs'),
      },
    ]),
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return Math.round(sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2);
}

const OPTIONS = {
  runs: { type: 'string', default: '10' },
  json: { type: 'boolean', default: false },
} as const;

await runScript(HELP, OPTIONS, async given => {
  const runs = wholeNumber('runs', given.runs);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-cold-'));
  const progress = createProgress('Starting');
  try {
    const steps = await measure(runs, folder, (share, what) => progress.update(share, what));
    progress.done();
    const machine = { node: process.version, cores: cpus().length, load: loadavg()[0] };
    if (given.json) {
      console.log(JSON.stringify({ runs, machine, steps }));
    } else {
      const rows = Object.entries(steps).map(([step, { bytes, readyMs, answerMs, cpuMs }]) => [
        step,
        Math.round(bytes / 1000),
        readyMs,
        answerMs,
        cpuMs,
      ]);
      console.log(table(['step', 'zip kB', 'ready ms', 'first answer ms', 'CPU ms'], rows));
      console.log(
        `Medians of ${runs}. Node ${machine.node}, ${machine.cores} cores, load ${machine.load?.toFixed(1)}: on a busy machine look at the CPU time.`,
      );
    }
    const slow = Object.entries(steps).filter(([, { answerMs }]) => answerMs > MAX_MS);
    for (const [step, { answerMs }] of slow) {
      console.error(`${step} takes ${answerMs} ms to its first answer; expected at most ${MAX_MS} ms.`);
    }
    return slow.length > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
