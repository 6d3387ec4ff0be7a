import { CommandError, EXIT } from '../../cli/command.ts';
import { runScript, wholeNumber } from '../../cli/script.ts';
import { count, table } from '../../cli/terminal.ts';
import { workloadOf } from './events.ts';
import { type Outcome, runScenario } from './run.ts';
import { type Scenario, scenariosOf } from './scenarios.ts';

const HELP = `Usage: npm run test:faults [-- --events N] [--seed N] [--only NAME] [--json]

Sends generated events through the whole flow while deliveries are duplicated, reordered, delayed, not acknowledged or
refused, and steps or the suite itself are killed; then compares every document with an independent computation.

Options:
  --events N   How many events go through in each scenario (default 100,000)
  --seed N     Decides over events and faults alike (default 1)
  --only NAME  One scenario: ${scenariosOf(0)
    .map(({ name }) => name)
    .join(', ')}
  --json       For scripts: one JSON object a scenario and line
  --help       This text

Examples:
  npm run test:faults
  npm run test:faults -- --events 5000 --only all
  npm run test:faults -- --seed 42 --json

Exit codes: 0 nothing was lost or doubled, 1 something was, 2 wrong use.`;

const GIVE_UP_MS = 15 * 60_000;
/** How many kills a scenario is to come to, and how many deliveries an event makes, in round figures. */
const KILLS = 12;
const DELIVERIES_PER_EVENT = 0.06;
const SHOWN_DIFFERENCES = 10;

const OPTIONS = {
  events: { type: 'string', default: '100000' },
  seed: { type: 'string', default: '1' },
  only: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

await runScript(HELP, OPTIONS, async given => {
  const events = wholeNumber('events', given.events, 100);
  const seed = wholeNumber('seed', given.seed, 0);
  const kill = Math.min(2, (100 * KILLS) / (events * DELIVERIES_PER_EVENT));
  const all = scenariosOf(kill);
  const scenarios = all.filter(({ name }) => given.only === undefined || name === given.only);
  if (scenarios.length === 0) {
    throw new CommandError(
      `There is no scenario "${given.only}". There are: ${all.map(({ name }) => name).join(', ')}.`,
      EXIT.usage,
    );
  }
  const workload = workloadOf(events, seed);
  const rows: [Scenario, Outcome][] = [];
  for (const scenario of scenarios) {
    if (!given.json && process.stderr.isTTY) console.error(`${scenario.name}: ${scenario.what} …`);
    const outcome = await runScenario(scenario, { workload, seed, giveUpMs: GIVE_UP_MS });
    rows.push([scenario, outcome]);
    if (given.json) console.log(JSON.stringify({ scenario: scenario.name, events, seed, ...outcome }));
  }
  if (!given.json) show(rows, events, seed);
  return rows.every(([, { differences }]) => differences.length === 0) ? 0 : 1;
});

function show(rows: readonly [Scenario, Outcome][], events: number, seed: number): void {
  const cells = rows.map(([{ what }, { faults, lost, doubled, differences, seconds }]) => [
    what,
    Object.entries(faults)
      .map(([fault, times]) => `${fault} ${count(times)}`)
      .join(', ') || '–',
    count(events),
    lost,
    doubled,
    differences.length === 0 ? 'yes' : 'NO',
    seconds.toFixed(1),
    seed,
  ]);
  const heading = ['faults', 'how often', 'events in', 'lost', 'doubled', 'as the oracle', 'seconds', 'seed'];
  console.log(table(heading, cells));
  for (const [{ name }, { differences }] of rows) {
    for (const difference of differences.slice(0, SHOWN_DIFFERENCES)) console.error(`${name}: ${difference}`);
    const more = differences.length - SHOWN_DIFFERENCES;
    if (more > 0) console.error(`${name}: and ${count(more)} more`);
  }
}
