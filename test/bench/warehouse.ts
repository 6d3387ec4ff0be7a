import { runScript, wholeNumber } from '../../cli/script.ts';
import { type InsertFigures, insertRate } from './warehouse/inserts.ts';

const HELP = `Usage: npm run bench:warehouse [-- --rows N]

Streams rows in batches of 500 into the BigQuery emulator, in a process of its own, over HTTP, and counts them there by a
query: once in memory, once in a folder, where every answer waits for the disk.

Options:
  --rows N   how many (500000)

Examples:
  npm run bench:warehouse
  npm run bench:warehouse -- --rows 50000`;

await runScript(HELP, { rows: { type: 'string', default: '500000' } } as const, async values => {
  const rows = wholeNumber('rows', values.rows);
  show('insertAll, in memory', await insertRate(rows, false));
  show('insertAll, in a folder', await insertRate(rows, true));
  return 0;
});

function show(what: string, { rows, seconds, cpu, peak }: InsertFigures): void {
  const rate = Math.round(rows / seconds).toLocaleString('en');
  console.log(
    `${what.padEnd(24)} ${rate} rows/s (${rows.toLocaleString('en')} in ${seconds.toFixed(2)} s, ` +
      `${cpu.toFixed(1)} ms of processor for 1,000, peak ${Math.round(peak / 2 ** 20)} MB)`,
  );
}
