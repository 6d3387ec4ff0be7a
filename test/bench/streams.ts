import { availableParallelism, loadavg } from 'node:os';
import { runScript, wholeNumber } from '../../cli/script.ts';
import { count, table } from '../../cli/terminal.ts';
import type { FlowFigures } from './flow.ts';
import { byteRates, type CoreRates, coreRates, sharesOfParsing } from './streams/core.ts';
import { keysFlow } from './streams/flow.ts';
import { type AggregateOperations, aggregateOperations } from './streams/operations.ts';

const HELP = `Usage: npm run bench:streams [-- --events N] [--keys N] [--core | --flow | --operations] [--json]

Measures windows: the engine of shared/streams alone, on one core, over parsed events and from bytes; the same number of
events with many keys through the whole pipeline; and what the step aggregate reads and writes for 1,000 events. Every
count is compared with an independent one.

Options:
  --events N     how many events are counted (1000000)
  --keys N       by how many keys the pipeline counts them (10000), taken at random; as many as events: one each
  --core         the engine alone
  --flow         the pipeline alone
  --operations   the operations of aggregate alone
  --json         figures for scripts

Examples:
  npm run bench:streams                              the whole table, a few minutes
  npm run bench:streams -- --core                    half a minute
  npm run bench:streams -- --flow --events 100000    a quick look`;

interface StreamFigures {
  readonly core?: CoreRates;
  readonly bytes?: CoreRates;
  readonly flow?: FlowFigures & { readonly keys: number };
  readonly operations?: readonly AggregateOperations[];
  /** The machine's, over 1, 5 and 15 minutes. */
  readonly load: readonly number[];
}

const FLAG = { type: 'boolean', default: false } as const;
const OPTIONS = {
  events: { type: 'string', default: '1000000' },
  keys: { type: 'string', default: '10000' },
  core: FLAG,
  flow: FLAG,
  operations: FLAG,
  json: FLAG,
} as const;

await runScript(HELP, OPTIONS, async values => {
  const events = wholeNumber('events', values.events);
  const keys = wholeNumber('keys', values.keys);
  const all = !values.core && !values.flow && !values.operations;
  const figures: StreamFigures = {
    ...((all || values.core) && { core: coreRates(events), bytes: byteRates(events) }),
    ...((all || values.flow) && { flow: { ...(await keysFlow(events, keys)), keys } }),
    ...((all || values.operations) && { operations: await aggregateOperations() }),
    load: loadavg(),
  };
  if (values.json) console.log(JSON.stringify(figures));
  else report(figures);
  return 0;
});

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
        `${count(flow.events)} events over ${count(flow.keys)} keys, whole pipeline`,
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
