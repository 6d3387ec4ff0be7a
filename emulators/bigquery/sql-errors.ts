import { BigQueryError } from './errors.ts';
import { runtimeError, SqlError } from './sql/translate.ts';

/** HTTP status and reason of each reason of SqlError. */
const REASONS: Readonly<Record<SqlError['reason'], readonly [number, string]>> = {
  invalidQuery: [400, 'invalidQuery'],
  notFound: [404, 'notFound'],
  duplicate: [409, 'duplicate'],
  unsupported: [501, 'notImplemented'],
};

/** What DuckDB says of a statement that it could not carry out, as it begins. */
const OF_DUCKDB = /^(?:[A-Z][a-z-]+ )+Error: /;
const INTERRUPTED = /^INTERRUPT Error/i;

/** What a statement failed by, as the API tells of it. */
export function asQueryError(error: unknown): unknown {
  if (error instanceof SqlError) {
    const [code, reason] = REASONS[error.reason];
    return new BigQueryError(code, reason, error.message, reason === 'invalidQuery' ? 'query' : undefined);
  }
  if (!(error instanceof Error) || error instanceof BigQueryError) return error;
  if (INTERRUPTED.test(error.message))
    return new BigQueryError(400, 'stopped', 'Query execution was cancelled');
  return OF_DUCKDB.test(error.message)
    ? new BigQueryError(400, 'invalidQuery', runtimeError(error.message), 'query')
    : error;
}
