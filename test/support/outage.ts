import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { SuiteOptions } from '../../emulators/suite.ts';
import type { TestSuite } from './suite.ts';

/** Seconds of an outage, as a campaign says: with the cloud's own clocks for whatever is tried again. */
const TOLD = process.env['MILLRACE_OUTAGE'];
export const OUTAGE_SECONDS = Number(TOLD ?? 1);
/** Otherwise deliveries and clients try again 60 times sooner: a second is a minute to them. */
const FASTER = TOLD === undefined ? 60 : 1;
/** How often in an outage something is sent. */
const ROUNDS = TOLD === undefined ? 10 : 60;
/** Pub/Sub's shortest backoff, in seconds; it is doubled after every failure. */
const SHORTEST_BACKOFF = 10 / FASTER;

/** An outage goes on for so long at most until it has failed a delivery of every trigger. */
const SPARED_SECONDS = 15;

const hastyClients = pathToFileURL(resolve(import.meta.dirname, 'hasty-clients.ts'));
/** Of a suite that is to have outages. */
export const outageOptions: Pick<SuiteOptions, 'timeScale' | 'environment'> =
  FASTER === 1 ? { timeScale: 1 } : { environment: { NODE_OPTIONS: `--import ${hastyClients}` } };

/** Attempts of a delivery that fit into so many seconds, if it failed at once each time. */
const mostAttempts = (seconds: number): number => 1 + Math.floor(Math.log2(seconds / SHORTEST_BACKOFF + 1));

/** What an outage has done to the deliveries of a trigger. */
export interface Outage {
  readonly failed: number;
  /** How many may have: of each delivery, as many attempts as fit into the outage when backoffs double. */
  readonly mostFailed: number;
}

/**
 * Has BigQuery refuse everything for a while, sends something in each part of it, and waits until nothing is under way any more.
 * @param send resolves with the number of deliveries that each trigger has of it
 * @returns by trigger
 */
export async function outage(
  { suite: { eventarc, bigquery } }: TestSuite,
  code: 429 | 503,
  triggers: readonly string[],
  send: () => Promise<number>,
): Promise<Outage[]> {
  const failures = (): number[] =>
    triggers.map(trigger => eventarc.status().triggers.find(({ name }) => name === trigger)?.failed ?? 0);
  const before = { refused: bigquery.refused, failed: failures() };
  const deliveries: { readonly at: number; readonly count: number }[] = [];
  bigquery.fail(code);
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  for (let round = 1; round <= ROUNDS; round++) {
    const at = seconds();
    deliveries.push({ at, count: await send() });
    await setTimeout(Math.max(0, (OUTAGE_SECONDS * round) / ROUNDS - seconds()) * 1000);
  }
  // On a busy machine a delivery may be long on its way.
  const spared = (): boolean => failures().some((all, at) => all === before.failed[at]);
  while (spared() && seconds() < OUTAGE_SECONDS + SPARED_SECONDS) await setTimeout(20);
  const lasted = seconds();
  const refused = bigquery.refused - before.refused;
  bigquery.fail(undefined);
  await eventarc.idle();
  // Those that were under way when it ended have failed since.
  const failed = failures().map((all, at) => all - before.failed[at]!);
  const total = deliveries.reduce((sum, { count }) => sum + count, 0);
  const mostFailed = deliveries.reduce((sum, { at, count }) => sum + count * mostAttempts(lasted - at), 0);
  if (TOLD !== undefined)
    console.log(
      `${code} for ${lasted.toFixed(0)} s: of ${total} deliveries each, ${triggers
        .map((trigger, at) => `${trigger} failed ${failed[at]} times`)
        .join(', ')}; ${refused} requests refused, ${(refused / lasted).toFixed(1)} a second; ` +
        `nothing under way ${(seconds() - lasted).toFixed(0)} s after`,
    );
  return failed.map(one => ({ failed: one, mostFailed }));
}
