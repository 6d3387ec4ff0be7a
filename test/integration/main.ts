import { basename, resolve } from 'node:path';
import type { Firestore } from '@google-cloud/firestore';
import { CommandError, EXIT } from '../../cli/command.ts';
import { runScript } from '../../cli/script.ts';
import { checkFile, send } from '../../cli/send.ts';
import { settle } from '../../cli/settle.ts';
import { count } from '../../cli/terminal.ts';
import { PROJECT } from '../../emulators/suite-address.ts';
import { createBigQuery } from '../../shared/bigquery/client.ts';
import { loadPipelines } from '../../shared/pipelines/load.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import { eventNames, WAREHOUSE_DATASET } from '../../shared/warehouse/tables.ts';
import { countRecords } from './count.ts';
import { type Counts, differences } from './verdict.ts';

const HELP = `Usage: npm run test:integration -- --data-source FILE --data-table NAME --data-type TYPE [--json]

Uploads FILE to a suite of its own and compares what comes out with a count of the file's records.

Options:
  --data-source FILE  What is uploaded, in any format that is read
  --data-table NAME   Where the results are: a window of the pipeline (its documents in windows/TYPE/panes), or the table of
                      its events in BigQuery, events_TYPE
  --data-type TYPE    The pipeline that the records belong to
  --json              For scripts: the last line is one JSON object
  --help              This text

Examples:
  npm run test:integration -- --data-source visits.csv --data-table daily --data-type visits
  npm run test:integration -- --data-type quakes --data-table hourly \\
    --data-source node_modules/vega-datasets/data/earthquakes.json
  npm run test:integration -- --data-type quakes --data-table events_quakes \\
    --data-source node_modules/vega-datasets/data/earthquakes.json
  npm run test:integration -- --data-type flights --data-table daily \\
    --data-source node_modules/vega-datasets/data/flights-20k.json --json

Exit codes: 0 the results are right, 1 they differ, 2 wrong use.`;

const PIPELINES = resolve(import.meta.dirname, '../../pipelines');

const TEXT = { type: 'string' } as const;
const OPTIONS = {
  'data-source': TEXT,
  'data-table': TEXT,
  'data-type': TEXT,
  json: { type: 'boolean', default: false },
} as const;

interface Task {
  readonly file: string;
  readonly table: string;
  readonly pipeline: string;
}

/** @throws CommandError that says what there is */
async function taskOf(
  given: { readonly [option in keyof typeof OPTIONS]?: string | boolean },
): Promise<Task> {
  const need = (name: 'data-source' | 'data-table' | 'data-type'): string => {
    const value = given[name];
    if (!value) throw new CommandError(`--${name} is missing.`, EXIT.usage);
    return String(value);
  };
  const task = { file: need('data-source'), table: need('data-table'), pipeline: need('data-type') };
  await checkFile(task.file);
  const { pipelines } = loadPipelines(PIPELINES);
  const found = pipelines.find(({ name }) => name === task.pipeline);
  if (!found) throw unknown('data-type', task.pipeline, pipelines);
  const tables = [...found.windows, ...(found.warehouse ? [{ name: eventNames(found.name).view }] : [])];
  if (!tables.some(({ name }) => name === task.table)) throw unknown('data-table', task.table, tables);
  return task;
}

function unknown(option: string, value: string, there: readonly Pick<Pipeline, 'name'>[]): CommandError {
  const names = there.map(({ name }) => name).join(', ') || 'none';
  return new CommandError(`There is no --${option} "${value}". There are: ${names}.`, EXIT.usage);
}

async function flow({ file, table, pipeline }: Task): Promise<{ counts: Counts; problems: string[] }> {
  // Only now: it takes a second to load, and wrong use is told at once.
  const { startTestSuite } = await import('../support/suite.ts');
  await using millrace = await startTestSuite({ pipelines: PIPELINES });
  const { firestore, storage, suite } = millrace;
  const { id } = await send(storage, file, pipeline);
  const control = `http://127.0.0.1:${suite.eventarc.port}`;
  const upload = await settle(firestore, id, control, basename(file));
  const { records = 0, accepted = 0, rejected = 0, late = 0 } = upload['counts'] ?? {};
  const counts = {
    ...{ file: await countRecords(file).catch(() => null), records, accepted, rejected, late },
    table: await countResults(firestore, pipeline, table),
  };
  const failed = upload['state'] === 'failed' ? [`The upload failed: ${upload['error']?.reason}`] : [];
  return { counts, problems: [...failed, ...differences(counts)] };
}

/** Events in a window's documents, or rows in the table of BigQuery. */
async function countResults(firestore: Firestore, pipeline: string, table: string): Promise<number> {
  if (table === eventNames(pipeline).view) {
    const bigquery = await createBigQuery(PROJECT);
    const [rows] = await bigquery.query(`SELECT COUNT(*) AS n FROM \`${WAREHOUSE_DATASET}.${table}\``);
    return Number((rows as { n: number }[])[0]?.n);
  }
  const panes = await firestore.collection(`windows/${pipeline}/panes`).where('window', '==', table).get();
  // A large window lies in several documents; its first alone has the count.
  return panes.docs.reduce((sum, pane) => sum + Number(pane.get('count') ?? 0), 0);
}

await runScript(HELP, OPTIONS, async given => {
  const task = await taskOf(given);
  const began = performance.now();
  const { counts, problems } = await flow(task);
  const seconds = Number(((performance.now() - began) / 1000).toFixed(2));
  const success = problems.length === 0;
  for (const problem of problems) console.error(problem);
  if (given.json) console.log(JSON.stringify({ success, ...task, counts, seconds, problems }));
  else if (success) {
    const { records, accepted, rejected, late } = counts;
    console.log(
      `Success: of ${count(records)} records in ${basename(task.file)}, ${count(accepted)} are in ${task.pipeline} ${task.table}, ` +
        `${count(rejected)} rejected, ${count(late)} late (${seconds} s).`,
    );
  } else console.log(`Failed: ${problems.length} of the counts differ.`);
  return success ? EXIT.ok : EXIT.failed;
});
