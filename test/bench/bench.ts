import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScript, wholeNumber } from '../../cli/script.ts';
import { writeFlights } from './flights.ts';
import { type FlowFigures, flow, parsingRate } from './flow.ts';
import { generateQuakes } from './generate.ts';
import { operationTable } from './operations.ts';
import { perEventRate } from './per-event.ts';
import { type Figures, report } from './report.ts';

const HELP = `Usage: npm run bench [-- --events N] [--scattered] [--large] [--flow] [--json]

Uploads the first of three million flights, as NDJSON, to a suite of its own and times them from the upload to settled
results, which are compared with an independent count. Then it does the same the usual way, with a message and a document
for every event, and counts the Firestore operations of live events by how many of them a message brings.

Options:
  --events N    how many events are uploaded (200000)
  --scattered   made-up earthquakes in any order over a week instead, so that every batch touches every window
  --large       also with ten times as many events, to compare the peaks of memory
  --flow        the upload alone: neither the usual way nor the operations
  --json        figures for scripts

Examples:
  npm run bench                              the whole table
  npm run bench -- --events 20000 --flow     a quick look
  npm run bench -- --large --flow            memory at 200,000 and 2,000,000 events`;

/** Enough of the slow way for a rate. */
const PER_EVENT_EVENTS = 10_000;

const FLAG = { type: 'boolean', default: false } as const;
const OPTIONS = {
  events: { type: 'string', default: '200000' },
  scattered: FLAG,
  large: FLAG,
  flow: FLAG,
  json: FLAG,
} as const;

await runScript(HELP, OPTIONS, async values => {
  const events = wholeNumber('events', values.events);
  const dir = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  try {
    const flows: FlowFigures[] = [];
    let parsing = 0;
    for (const count of values.large ? [events, events * 10] : [events]) {
      const file = join(dir, `${count}.ndjson`);
      const generated = await (values.scattered
        ? generateQuakes(file, count, { scattered: true })
        : writeFlights(file, count));
      parsing = await parsingRate(file, count);
      flows.push(await flow(file, generated));
    }
    const perEvent = values.flow ? undefined : await perEventRate(PER_EVENT_EVENTS);
    const operations = values.flow ? undefined : await operationTable();
    const figures: Figures = { flows, parsing, perEvent, operations, load: loadavg() };
    report(figures, values.json);
    return 0;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
