import { CommandError, EXIT } from '../../cli/command.ts';
import { runScript, wholeNumber } from '../../cli/script.ts';
import { benchBackfill, benchPipeline } from './warehouse/flow.ts';
import { type InsertFigures, insertRate } from './warehouse/inserts.ts';
import { benchMirror, benchSideBySide } from './warehouse/mirror.ts';

const HELP = `Usage: npm run bench:warehouse [-- --part PART] [--rows N] [--events N] [--writes N] [--documents N]

What goes into the suite's BigQuery, each part counted there by a query.

Parts:
  inserts       rows in batches of 500, straight into the emulator in a process of its own, over HTTP: once in memory, once in
                a folder, where every answer waits for the disk
  pipeline      events of an upload, through the whole of a suite into their table
  mirror        changes of distinct documents, through the whole of a suite into changelog and latest table; before it the
                same changes to a step that does nothing, which is the limit
  side-by-side  the same, and with one insert for each change as the Firebase extension has it, while deliveries are doubled and
                BigQuery is away for three seconds; with what each is billed for
  backfill      documents that are there already

Options:
  --part PART      only this one
  --rows N         of inserts (500000)
  --events N       of the pipeline (200000)
  --writes N       of mirror and side-by-side (20000)
  --documents N    of the backfill (50000)

Examples:
  npm run bench:warehouse
  npm run bench:warehouse -- --part inserts --rows 50000`;

const OPTIONS = {
  part: { type: 'string' },
  rows: { type: 'string', default: '500000' },
  events: { type: 'string', default: '200000' },
  writes: { type: 'string', default: '20000' },
  documents: { type: 'string', default: '50000' },
} as const;

await runScript(HELP, OPTIONS, async given => {
  const number = (name: 'rows' | 'events' | 'writes' | 'documents'): number => wholeNumber(name, given[name]);
  const sizes = { events: number('events'), writes: number('writes'), documents: number('documents') };
  const parts: Readonly<Record<string, () => Promise<void>>> = {
    inserts: () => benchInserts(number('rows')),
    pipeline: () => benchPipeline(sizes),
    mirror: () => benchMirror(sizes),
    'side-by-side': () => benchSideBySide(sizes),
    backfill: () => benchBackfill(sizes),
  };
  if (given.part !== undefined && !Object.hasOwn(parts, given.part)) {
    const names = Object.keys(parts).join(', ');
    throw new CommandError(`There is no part "${given.part}". There are: ${names}.`, EXIT.usage);
  }
  for (const [name, part] of Object.entries(parts)) {
    if (given.part === undefined || given.part === name) await part();
  }
  return EXIT.ok;
});

async function benchInserts(rows: number): Promise<void> {
  show('insertAll, in memory', await insertRate(rows, false));
  show('insertAll, in a folder', await insertRate(rows, true));
}

function show(what: string, { rows, seconds, cpu, peak }: InsertFigures): void {
  const rate = Math.round(rows / seconds).toLocaleString('en');
  console.log(
    `${what.padEnd(24)} ${rate} rows/s (${rows.toLocaleString('en')} in ${seconds.toFixed(2)} s, ` +
      `${cpu.toFixed(1)} ms of processor for 1,000, peak ${Math.round(peak / 2 ** 20)} MB)`,
  );
}
