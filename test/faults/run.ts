import { resolve } from 'node:path';
import { totalOf } from '../../emulators/faults/faults.ts';
import type { FaultPlan, TriggerFaults } from '../../emulators/faults/plan.ts';
import { ROOT, startTestSuite } from '../support/suite.ts';
import type { Workload } from './events.ts';
import { sendAll, settled } from './flow.ts';
import { killEveryTwoSeconds } from './kills.ts';
import type { Scenario } from './scenarios.ts';
import type { Verdict } from './state.ts';
import { throughKilledSuites } from './suite-kills.ts';

export interface Outcome extends Verdict {
  /** How often each fault has happened, those that did not left out. */
  readonly faults: Readonly<Record<string, number>>;
  readonly seconds: number;
}

export interface RunOptions {
  readonly workload: Workload;
  readonly seed: number;
  /** However much still moves, that is all. */
  readonly giveUpMs: number;
}

/** Sends the workload through a suite of its own under the scenario's faults, and judges what comes out. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Outcome> {
  const began = performance.now();
  const { faults, ...verdict } = await (scenario.killSuite
    ? throughKilledSuites(options)
    : through(scenario, options));
  const struck = Object.entries(faults).filter(([, count]) => count > 0);
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  return { ...verdict, faults: Object.fromEntries(struck), seconds };
}

async function through(
  { faults, byBatch = false, killSteps = false }: Scenario,
  { workload, seed, giveUpMs }: RunOptions,
): Promise<Verdict & Pick<Outcome, 'faults'>> {
  await using millrace = await startTestSuite({
    pipelines: resolve(ROOT, byBatch ? 'test/faults/pipelines' : 'pipelines'),
    isolate: killSteps,
    ...(faults && { faults: planOf(faults, seed) }),
  });
  const { suite } = millrace;
  await suite.functions.ready();
  const site = { ...millrace, control: `http://127.0.0.1:${suite.eventarc.port}` };
  const end = new AbortController();
  const killing = killSteps ? killEveryTwoSeconds(suite, seed, end.signal) : undefined;
  await sendAll(site, workload);
  const verdict = await settled(site, workload, giveUpMs).finally(() => end.abort());
  const kills = killing && { kill: (await killing).length };
  return { ...verdict, faults: { ...totalOf(suite.eventarc.faults.counts), ...kills } };
}

/** The schedule never ends: kills of its own would grow with the time that they cost. */
function planOf(all: TriggerFaults, seed: number): FaultPlan {
  const { killBefore: _, killAfter: __, ...spared } = all;
  return { seed, attempts: 2, triggers: { all, 'tick-every-minute': spared } };
}
