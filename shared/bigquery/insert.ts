import type { BigQuery, Table } from '@google-cloud/bigquery';
import { TransientError } from '../errors/errors.ts';

/** A row of insertAll. */
export interface InsertRow {
  /** Two rows of the same id within minutes are one, as far as BigQuery manages: {@link https://cloud.google.com/bigquery/docs/streaming-data-into-bigquery#dataconsistency}. */
  readonly insertId: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** {@link https://cloud.google.com/bigquery/quotas#streaming_inserts}: 10 MB a request and a row; 500 rows are recommended. */
const MAX_ROWS = 500;
const MAX_BYTES = 9_500_000;
const AT_ONCE = 4;
const COMMA = 1;

interface InsertAllAnswer {
  readonly insertErrors?: readonly {
    readonly index: number;
    readonly errors: readonly {
      readonly reason: string;
      readonly message: string;
      readonly location?: string;
    }[];
  }[];
}

/**
 * Inserts rows, in as many requests as their size asks for. A row that BigQuery refuses keeps none of the others out.
 * @returns the reasons of the refused rows, by their index
 * @throws the client's error, or TransientError: then any of the rows may be there, and all are to be inserted again
 */
export async function insertAll(
  bigquery: BigQuery,
  { dataset, table }: { readonly dataset: string; readonly table: string },
  rows: readonly InsertRow[],
): Promise<ReadonlyMap<number, string>> {
  const refused = new Map<number, string>();
  const texts = rows.map(row => JSON.stringify(row));
  const sizes = texts.map(text => Buffer.byteLength(text) + COMMA);
  for (const [at, size] of sizes.entries()) {
    if (size > MAX_BYTES) refused.set(at, `The row has ${size} bytes; BigQuery takes rows of at most 10 MB`);
  }
  const target = tableOf(bigquery, dataset, table);
  const left = rows.map((_, at) => at).filter(at => !refused.has(at));
  const requests = requestsOf(left, sizes);
  for (let at = 0; at < requests.length; at += AT_ONCE) {
    await Promise.all(requests.slice(at, at + AT_ONCE).map(insert));
  }
  return refused;

  async function insert(request: readonly number[]): Promise<void> {
    const body = `{"skipInvalidRows":true,"rows":[${request.map(at => texts[at]).join(',')}]}`;
    const { insertErrors = [] } = await send<InsertAllAnswer>(target, body);
    for (const { index, errors } of insertErrors) {
      refused.set(request[index]!, errors.map(reasonOf).join('; '));
    }
  }
}

const tables = new WeakMap<BigQuery, Map<string, Table>>();

/** Kept: making the client's objects takes longer than a row does. */
function tableOf(bigquery: BigQuery, dataset: string, table: string): Table {
  const known = tables.get(bigquery) ?? new Map<string, Table>();
  tables.set(bigquery, known);
  const name = `${dataset}.${table}`;
  const found = known.get(name) ?? bigquery.dataset(dataset).table(table);
  known.set(name, found);
  return found;
}

/** Neighbours that fit into one request. */
function requestsOf(indexes: readonly number[], sizes: readonly number[]): number[][] {
  const requests: number[][] = [];
  let bytes = 0;
  for (const at of indexes) {
    const request = requests.at(-1);
    if (request && request.length < MAX_ROWS && bytes + sizes[at]! <= MAX_BYTES) {
      request.push(at);
      bytes += sizes[at]!;
    } else {
      requests.push([at]);
      bytes = sizes[at]!;
    }
  }
  return requests;
}

/** What is wrong with the row itself; anything else may go in later. */
const OF_THE_ROW = new Set(['invalid', 'invalidQuery', 'parseError']);
/** A column that has just been added is not known everywhere at once. */
const UNKNOWN_COLUMN = /no such field/i;

function reasonOf({
  reason,
  message,
  location,
}: {
  reason: string;
  message: string;
  location?: string;
}): string {
  const said = location ? `${location}: ${message}` : message;
  if (OF_THE_ROW.has(reason) && !UNKNOWN_COLUMN.test(message)) return said;
  throw new TransientError(`BigQuery did not take all rows now: ${reason}: ${said}`);
}

/**
 * Sends bytes: `table.insert` would copy every row, and in whatever it is given as an object the client puts the project's id in
 * the place of the text `{{projectId}}`, which is data here.
 */
function send<Answer>(
  table: { request(options: object, callback: (error: Error | null, body?: unknown) => void): void },
  json: string,
): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    table.request({ method: 'POST', uri: '/insertAll', headers, body: Buffer.from(json) }, (error, answer) =>
      error ? reject(error) : resolve(answer as Answer),
    );
  });
}
