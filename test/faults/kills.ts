import { setTimeout as sleep } from 'node:timers/promises';
import type { Suite } from '../../emulators/suite.ts';
import { generator } from './events.ts';

/** What became of a step that was killed: ms until it was up again, and until it had handled an event, where any waited. */
export interface Recovery {
  readonly step: string;
  readonly up: number;
  readonly handled: number | undefined;
}

const EVERY_MS = 2000;
const LOOK_MS = 20;

/** Kills a random step with SIGKILL every two seconds. @returns the recoveries, once it is told to end and all are up */
export async function killEveryTwoSeconds(suite: Suite, seed: number, end: AbortSignal): Promise<Recovery[]> {
  const random = generator(seed);
  const steps = suite.wiring.steps.map(({ name }) => name);
  const recoveries: Promise<Recovery>[] = [];
  for (;;) {
    await sleep(EVERY_MS, undefined, { signal: end }).catch(() => {});
    if (end.aborted) return Promise.all(recoveries);
    const step = steps[Math.floor(random() * steps.length)]!;
    // Its triggers' schedules aside: those wait for nothing.
    const triggers = () =>
      suite.eventarc.status().triggers.filter(one => one.step === step && one.kind !== 'schedule');
    const waiting = triggers().some(({ ready, inFlight }) => ready + inFlight > 0);
    const handled = () => triggers().reduce((sum, { delivered }) => sum + delivered, 0);
    suite.functions.kill(step);
    recoveries.push(recovery(step, waiting ? handled : undefined, () => suite.functions.endpoint(step)));
  }
}

async function recovery(
  step: string,
  handled: (() => number) | undefined,
  endpoint: () => URL | undefined,
): Promise<Recovery> {
  const began = performance.now();
  const before = handled?.();
  const since = () => performance.now() - began;
  // The kill has not reached it yet.
  while (endpoint() && since() < EVERY_MS) await sleep(LOOK_MS);
  while (!endpoint()) await sleep(LOOK_MS);
  const up = since();
  if (!handled) return { step, up, handled: undefined };
  while (handled() === before && since() < 30 * EVERY_MS) await sleep(LOOK_MS);
  return { step, up, handled: since() };
}
