import { availableParallelism } from 'node:os';
import { count, table } from '../../cli/terminal.ts';
import type { FlowFigures, PerProcess } from './flow.ts';
import type { OperationsRow } from './operations.ts';

export interface Figures {
  /** One upload each, the first of which speaks for the rate. */
  readonly flows: readonly FlowFigures[];
  /** Events/s of JSON.parse alone. */
  readonly parsing: number;
  /** Events/s of the usual way. */
  readonly perEvent: number | undefined;
  readonly operations: readonly OperationsRow[] | undefined;
  /** The machine's, over 1, 5 and 15 minutes. */
  readonly load: readonly number[];
}

const rateOf = ({ events, seconds }: FlowFigures): number => events / seconds;
const both = ({ suite, steps }: PerProcess, unit: string): string =>
  `${suite.toFixed(0)} ${unit} suite, ${steps.toFixed(0)} ${unit} steps`;

export function report(figures: Figures, json: boolean): void {
  const { flows, parsing, perEvent, operations, load } = figures;
  if (json) {
    console.log(JSON.stringify({ ...figures, eventsPerSecond: flows.map(rateOf) }));
    return;
  }
  const rate = rateOf(flows[0]!);
  const rows: string[][] = [];
  for (const flow of flows) {
    rows.push(
      ['events', `${count(flow.events)} (${(flow.bytes / 1e6).toFixed(1)} MB)`],
      ['first publish, write and read after', `${Math.round(flow.startedMs)} ms`],
      [
        'upload to settled results',
        `${flow.seconds.toFixed(2)} s, ${count(Math.round(rateOf(flow)))} events/s`,
      ],
      ['processor time for 1,000 events', both(flow.cpu, 'ms')],
      ['peak memory', both(flow.memory, 'MB')],
    );
  }
  rows.push(['JSON.parse alone, one core', `${count(Math.round(parsing))} events/s`]);
  if (perEvent !== undefined) {
    rows.push(
      ['a message and a document for each event', `${count(Math.round(perEvent))} events/s`],
      ['batches are faster by', `${(rate / perEvent).toFixed(1)} times`],
    );
  }
  const cores = availableParallelism();
  rows.push(['load of the machine', `${load.map(one => one.toFixed(1)).join(' ')} on ${cores} cores`]);
  console.log(table(['figure', 'value'], rows));
  if (!operations) return;
  console.log('\nFirestore operations for 1,000 live events of 1,000 keys, the whole pipeline:');
  console.log(
    table(
      ['events a message', 'reads', 'writes', 'deletes'],
      operations.map(({ perMessage, operations: { reads, writes, deletes } }) =>
        [perMessage, reads, writes, deletes].map(count),
      ),
    ),
  );
}
