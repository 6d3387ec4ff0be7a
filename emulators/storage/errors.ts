/** An error for the client, in the JSON API's words ({@link https://cloud.google.com/storage/docs/json_api/v1/status-codes}). */
export class StorageError extends Error {
  readonly code: number;
  readonly reason: string;
  /** More elements of an XML answer. */
  readonly details: Readonly<Record<string, string>>;
  constructor(code: number, reason: string, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.details = details;
    this.name = 'StorageError';
    this.code = code;
    this.reason = reason;
  }
}

export interface ErrorBody {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly errors: readonly {
      readonly message: string;
      readonly domain: 'global';
      readonly reason: string;
    }[];
  };
}

export const errorBody = ({ code, reason, message }: StorageError): ErrorBody => ({
  error: { code, message, errors: [{ message, domain: 'global', reason }] },
});

export const invalid = (message: string): StorageError => new StorageError(400, 'invalid', message);
export const required = (parameter: string): StorageError =>
  new StorageError(400, 'required', `Required parameter: ${parameter}`);
export const noBucket = (): StorageError =>
  new StorageError(404, 'notFound', 'The specified bucket does not exist.');
export const noObject = (bucket: string, name: string): StorageError =>
  new StorageError(404, 'notFound', `No such object: ${bucket}/${name}`);
export const conditionNotMet = (condition: string): StorageError =>
  new StorageError(
    412,
    'conditionNotMet',
    `At least one of the pre-conditions you specified did not hold: ${condition}`,
  );
export const notModified = (): StorageError => new StorageError(304, 'notModified', 'Not Modified');
/** What is not there yet names itself, so that a user knows which call it was. */
export const unimplemented = (what: string): StorageError =>
  new StorageError(501, 'notImplemented', `${what} is not implemented in Millrace's local suite`);
