import type { EventarcStatus, Operations } from '../../emulators/eventarc/router.ts';
import { type Command, EXIT, JSON_OPTION } from '../command.ts';
import { type Address, connect, firestoreClient, PORT_OPTION } from '../connect.ts';
import { type Results, readEvents, readResults } from '../results.ts';
import { count, dim, red, table } from '../terminal.ts';
import { showHot, showStopped } from '../warnings.ts';

export const status: Command = {
  name: 'status',
  summary: 'Says what waits, what runs and what has come out; and what it would have cost.',
  usage: '[--cost] [--port BASE] [--json]',
  options: {
    cost: {
      type: 'boolean',
      description: 'What this run would have cost in the cloud',
    },
    port: PORT_OPTION,
    json: JSON_OPTION,
  },
  positionals: [0, 0],
  examples: [
    ['millrace status', 'queues and results as tables, and what is wrong'],
    ['millrace status --cost', 'operations and list prices, by service and by step'],
    ['millrace status --json | tail -1 | jq .idle', 'for scripts'],
    ['millrace status --cost --json | tail -1 | jq .perMillion', 'US dollars'],
  ],
  run: async ({ options }) => {
    const address = await connect(options['port'] as string | undefined);
    await (options['cost'] ? tellCost : tellStatus)(address, Boolean(options['json']));
    return EXIT.ok;
  },
};

async function tellStatus({ control }: Address, json: boolean): Promise<void> {
  const state = (await (await fetch(`${control}/status`)).json()) as EventarcStatus;
  const firestore = await firestoreClient();
  const results = await readResults(firestore);
  await firestore.terminate();
  if (json) console.log(JSON.stringify({ ...state, results }));
  else show(state, results);
}

function show(state: EventarcStatus, { events, windows, alerts, deadLetters }: Results): void {
  const rows = state.triggers.map(one => [
    one.name,
    one.step,
    one.ready,
    one.inFlight,
    one.delayed,
    one.delivered,
    one.failed,
    one.deadLettered,
  ]);
  const heading = ['trigger', 'step', 'waiting', 'running', 'delayed', 'delivered', 'failed', 'dead letters'];
  console.log(table(heading, rows));
  const stopped = new Set(state.stopped.map(({ trigger }) => trigger));
  for (const { name, lastError } of state.triggers) {
    if (lastError && !stopped.has(name)) console.log(red(`${name}: ${lastError}`));
  }
  showStopped(state);
  showHot(state);
  console.log(
    `\n${count(events.in)} events in, ${count(events.enriched)} enriched, ${count(events.rejected)} rejected; ` +
      `${count(windows)} windows, ${count(alerts)} alerts, ${count(deadLetters)} dead letters`,
  );
  console.log(dim(state.idle ? 'Nothing is waiting.' : 'Still at work.'));
}

async function tellCost({ control }: Address, json: boolean): Promise<void> {
  // First: what this command reads is none of the run's.
  const { since, counts } = (await (await fetch(`${control}/operations`)).json()) as Operations;
  const { triggers } = (await (await fetch(`${control}/status`)).json()) as EventarcStatus;
  const firestore = await firestoreClient();
  const { in: events } = await readEvents(firestore, new Date(since));
  await firestore.terminate();
  const [{ costOf, perMillion }, { loadPrices }] = await Promise.all([
    import('../cost/cost.ts'),
    import('../cost/prices.ts'),
  ]);
  const prices = loadPrices();
  const cost = costOf(counts, prices);
  if (json) {
    const { date, region } = prices;
    const rest = { events, perMillion: perMillion(cost.usd, events) ?? null, prices: { date, region } };
    console.log(JSON.stringify({ since, ...cost, ...rest }));
    return;
  }
  const { showBill } = await import('../cost/show.ts');
  showBill({ cost, prices, events, schedules: triggers.filter(({ kind }) => kind === 'schedule').length });
}
