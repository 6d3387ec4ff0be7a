import type { BigQuery } from '@google-cloud/bigquery';
import { PROJECT } from '../../emulators/suite-address.ts';
import { createBigQuery } from '../../shared/bigquery/client.ts';
import { type Call, type Command, CommandError, EXIT, JSON_OPTION } from '../command.ts';
import { connect, PORT_OPTION } from '../connect.ts';
import { bytesText, cellText, jsonOf, type ResultField, type Row } from '../query-result.ts';
import { count, dim, table } from '../terminal.ts';

/** Rows that a person is shown; scripts get all of them. */
const SHOWN = 1000;

interface Answer {
  readonly schema?: { readonly fields?: readonly ResultField[] };
  readonly rows?: readonly Row[];
  readonly pageToken?: string;
}

interface Statistics {
  readonly totalBytesProcessed?: string;
  readonly query?: { readonly numDmlAffectedRows?: string; readonly ddlOperationPerformed?: string };
}

/** The command over a way to reach BigQuery. */
export const createQuery = (open: (options: Call['options']) => Promise<BigQuery>): Command => ({
  name: 'query',
  summary: 'Asks BigQuery in GoogleSQL: that of the suite, or of a project on Google Cloud.',
  usage: 'SQL [--dry-run] [--project P] [--port BASE] [--json]',
  options: {
    'dry-run': {
      type: 'boolean',
      description: 'Only check it, and say how much it would read',
    },
    project: {
      type: 'string',
      value: 'P',
      description: 'A project on Google Cloud instead of the suite',
    },
    port: PORT_OPTION,
    json: JSON_OPTION,
  },
  positionals: [1, 1],
  examples: [
    ["millrace query 'SELECT * FROM millrace.events_logs'", 'a table'],
    ["millrace query --dry-run --project P 'SELECT 1'", 'what it would read'],
    ["millrace query --json 'SELECT 1 x' | tail -1 | jq .rows", 'for scripts'],
  ],
  run: async ({ positionals, options }) => {
    const [query = ''] = positionals;
    const bigquery = await open(options);
    await ask(bigquery, query, Boolean(options['dry-run']), Boolean(options['json']));
    return EXIT.ok;
  },
});

export const query: Command = createQuery(async options => {
  const project = options['project'] as string | undefined;
  if (project !== undefined) return createBigQuery(project, {});
  await connect(options['port'] as string | undefined);
  return createBigQuery(PROJECT);
});

async function ask(bigquery: BigQuery, query: string, dryRun: boolean, json: boolean): Promise<void> {
  const { fields, rows, statistics, more } = await read(bigquery, query, dryRun, json).catch(asToldError);
  const bytes = Number(statistics.totalBytesProcessed ?? 0);
  const values = rows.map(row => jsonOf(row, fields));
  if (json) {
    const columns = fields.map(({ name, type, mode = 'NULLABLE' }) => ({ name, type, mode }));
    console.log(JSON.stringify({ bytesProcessed: bytes, ...(!dryRun && { columns, rows: values }) }));
    return;
  }
  if (dryRun) {
    console.log(`The statement is right, and would read ${bytesText(bytes)}.`);
    return;
  }
  if (fields.length > 0) {
    const heading = fields.map(({ name }) => name);
    console.log(
      table(
        heading,
        values.map(value => heading.map(name => cellText(value[name] ?? null))),
      ),
    );
  }
  console.log(dim(`${outcome(rows.length, more, fields.length > 0, statistics)}; ${bytesText(bytes)} read`));
}

function outcome(rows: number, more: boolean, isQuery: boolean, { query }: Statistics): string {
  const changed = query?.numDmlAffectedRows;
  if (changed !== undefined) return `${count(Number(changed))} rows changed`;
  if (!isQuery) return query?.ddlOperationPerformed ?? 'Done';
  return more
    ? `the first ${count(rows)} rows; --json gives all`
    : `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`;
}

/** As the API sends rows: the client's own values lose what type they were of. */
async function read(bigquery: BigQuery, query: string, dryRun: boolean, all: boolean) {
  const [job] = await bigquery.createQueryJob({ query, dryRun });
  const statistics = (): Statistics => (job.metadata as { statistics?: Statistics }).statistics ?? {};
  if (dryRun) return { fields: [], rows: [], statistics: statistics(), more: false };
  const rows: Row[] = [];
  let fields: readonly ResultField[] = [];
  let pageToken: string | undefined;
  do {
    const answer = await page(
      bigquery,
      job.id!,
      job.location,
      pageToken,
      all ? undefined : SHOWN - rows.length,
    );
    fields = answer.schema?.fields ?? fields;
    rows.push(...(answer.rows ?? []));
    pageToken = answer.pageToken;
  } while (pageToken !== undefined && (all || rows.length < SHOWN));
  await job.getMetadata();
  return { fields, rows, statistics: statistics(), more: pageToken !== undefined };
}

/** One page of a job's results; waits until there is one. {@link https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults} */
async function page(
  bigquery: BigQuery,
  id: string,
  location: string | undefined,
  pageToken: string | undefined,
  maxResults: number | undefined,
): Promise<Answer> {
  const qs = { location, pageToken, maxResults, timeoutMs: 10_000, 'formatOptions.useInt64Timestamp': true };
  for (;;) {
    const answer = await new Promise<Answer & { jobComplete?: boolean }>((resolve, reject) =>
      bigquery.request({ uri: `/queries/${id}`, qs }, (error: Error | null, body: unknown) =>
        error ? reject(error) : resolve(body as Answer),
      ),
    );
    if (answer.jobComplete !== false) return answer;
  }
}

interface ApiError {
  readonly code?: unknown;
  readonly message?: string;
  readonly errors?: readonly { readonly message?: string }[];
}

/** What BigQuery has against a statement is told as it is; it names line and column. */
function asToldError(error: unknown): never {
  const { code, message, errors } = error as ApiError;
  const told = errors?.[0]?.message ?? message;
  if (/default credentials/.test(String(message)))
    throw new CommandError(
      'Nobody is signed in to Google Cloud. Sign in with: gcloud auth application-default login',
    );
  if (typeof code === 'number' && code >= 400 && told) throw new CommandError(told);
  // The error of a job that ran has no code.
  if (errors?.[0]?.message) throw new CommandError(errors[0].message);
  throw error;
}
