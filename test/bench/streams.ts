import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { count, table } from '../../cli/terminal.ts';
import type { FlowFigures } from './flow.ts';
import { byteRates, type CoreRates, coreRates, sharesOfParsing } from './streams/core.ts';
import { keysFlow } from './streams/flow.ts';
import { type AggregateOperations, aggregateOperations } from './streams/operations.ts';

const HELP = `Usage: npm run bench:streams [-- --events N] [--core | --flow | --operations] [--json]

Measures windows: the engine of shared/streams alone, on one core, over parsed events and from bytes; the same number of
events with 10,000 keys through the whole pipeline; and what the step aggregate reads and writes for 1,000 events. Every
count is compared with an independent one.

Options:
  --events N     how many events are counted (1000000)
  --core         the engine alone
  --flow         the pipeline alone
  --operations   the operations of aggregate alone
  --json         figures for scripts

Examples:
  npm run bench:streams                              the whole table, a few minutes
  npm run bench:streams -- --core                    half a minute
  npm run bench:streams -- --flow --events 100000    a quick look`;

const KEYS = 10_000;

interface StreamFigures {
  readonly core?: CoreRates;
  readonly bytes?: CoreRates;
  readonly flow?: FlowFigures;
  readonly operations?: readonly AggregateOperations[];
  /** The machine's, over 1, 5 and 15 minutes. */
  readonly load: readonly number[];
}

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    core: { type: 'boolean', default: false },
    flow: { type: 'boolean', default: false },
    operations: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) console.log(HELP);
else await bench(Number(values.events));

async function bench(events: number): Promise<void> {
  if (!Number.isInteger(events) || events < 1)
    throw new Error('--events takes a number of events, such as 100000.');
  const all = !values.core && !values.flow && !values.operations;
  const figures: StreamFigures = {
    ...((all || values.core) && { core: coreRates(events), bytes: byteRates(events) }),
    ...((all || values.flow) && { flow: await keysFlow(events, KEYS) }),
    ...((all || values.operations) && { operations: await aggregateOperations() }),
    load: loadavg(),
  };
  if (values.json) console.log(JSON.stringify(figures));
  else report(figures);
}

function report({ core, bytes, flow, operations, load }: StreamFigures): void {
  const rate = (value: number): string => `${count(Math.round(value))} events/s`;
  const rows: string[][] = [];
  for (const [name, value] of Object.entries({ ...core, ...bytes })) rows.push([name, rate(value)]);
  for (const [name, share] of Object.entries(bytes ? sharesOfParsing(bytes) : {}))
    rows.push([`${name}: of what JSON.parse alone reaches`, `${Math.round(share * 100)} %`]);
  if (flow) {
    const { memory, seconds } = flow;
    rows.push(
      [
        `${count(flow.events)} events over ${count(KEYS)} keys, whole pipeline`,
        `${seconds.toFixed(1)} s, ${rate(flow.events / seconds)}`,
      ],
      [
        'peak memory',
        `${memory.suite} MB suite, ${memory.steps} MB steps, ${memory.suite + memory.steps} MB together`,
      ],
    );
  }
  rows.push([
    'load of the machine',
    `${load.map(one => one.toFixed(1)).join(' ')} on ${availableParallelism()} cores`,
  ]);
  console.log(table(['figure', 'value'], rows));
  if (!operations) return;
  console.log('\nFirestore operations of aggregate for 1,000 events, 500 a message, two windows touched:');
  console.log(
    table(
      ['events', 'messages come', 'reads', 'writes'],
      operations.map(({ events, pace, reads, writes }) => [
        count(events),
        pace,
        reads.toFixed(1),
        writes.toFixed(1),
      ]),
    ),
  );
}
