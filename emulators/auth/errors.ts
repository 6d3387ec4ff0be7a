/**
 * An error for the client, in the service's words: a code in capitals, and often ` : ` and an explanation
 * ({@link https://firebase.google.com/docs/reference/rest/auth#section-error-response}).
 */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly status: number;
  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** What is not there yet names itself, so that a user knows which call it was. */
export const unimplemented = (what: string): AuthError =>
  new AuthError(`NOT_IMPLEMENTED : ${what} is not implemented in Millrace's local suite`, 501);

const STATUS: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  501: 'NOT_IMPLEMENTED',
};

export const errorBody = ({ status, message }: AuthError): object => ({
  error: {
    code: status,
    message,
    errors: [{ message, reason: 'invalid', domain: 'global' }],
    ...(STATUS[status] && { status: STATUS[status] }),
  },
});
