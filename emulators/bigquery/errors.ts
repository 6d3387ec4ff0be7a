/**
 * An error for the client, in the words of BigQuery's API
 * ({@link https://cloud.google.com/bigquery/docs/error-messages#errortable}).
 */
export class BigQueryError extends Error {
  override readonly name = 'BigQueryError';
  readonly code: number;
  readonly reason: string;
  readonly location: string | undefined;

  constructor(code: number, reason: string, message: string, location?: string) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.location = location;
  }
}

/** What jobs and rows say of an error. */
export interface ErrorProto {
  readonly reason: string;
  readonly location?: string;
  readonly message: string;
}

export const errorProto = ({ reason, location, message }: BigQueryError): ErrorProto => ({
  reason,
  ...(location !== undefined && { location }),
  message,
});

const STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
};

export const errorBody = (error: BigQueryError): object => ({
  error: {
    code: error.code,
    message: error.message,
    errors: [{ ...errorProto(error), domain: 'global' }],
    status: STATUS[error.code] ?? 'UNKNOWN',
  },
});

export const invalid = (message: string, location?: string): BigQueryError =>
  new BigQueryError(400, 'invalid', message, location);
export const required = (parameter: string): BigQueryError =>
  new BigQueryError(400, 'required', `Required parameter is missing: ${parameter}`);
export const notFound = (what: string): BigQueryError =>
  new BigQueryError(404, 'notFound', `Not found: ${what}`);
export const duplicate = (what: string): BigQueryError =>
  new BigQueryError(409, 'duplicate', `Already Exists: ${what}`);
/** What is not there yet names itself, so that a user knows what it was. */
export const unimplemented = (what: string): BigQueryError =>
  new BigQueryError(501, 'notImplemented', `${what} is not implemented in Millrace's local suite`);

/** Whatever was thrown, as a client is told of it. */
export function asBigQueryError(error: unknown): BigQueryError {
  if (error instanceof BigQueryError) return error;
  console.error(error);
  const message = error instanceof Error ? error.message : String(error);
  return new BigQueryError(500, 'internalError', `Internal error: ${message}`);
}
