import { status } from '../../grpc/errors.ts';

/** An error within a connection, which goes on: the request is answered with it. */
export class AppendError extends Error {
  override readonly name = 'AppendError';
  readonly code: status;
  /** Of StorageError.StorageErrorCode, where it has one. */
  readonly storageCode: number | undefined;
  readonly rowErrors: readonly { readonly index: number; readonly message: string }[];
  constructor(
    code: status,
    message: string,
    more: { readonly storageCode?: number; readonly rowErrors?: AppendError['rowErrors'] } = {},
  ) {
    super(message);
    this.code = code;
    this.storageCode = more.storageCode;
    this.rowErrors = more.rowErrors ?? [];
  }
}

export const EXTRA_FIELDS = 7;
const OFFSET_ALREADY_EXISTS = 8;
const OFFSET_OUT_OF_RANGE = 9;

/** The stream's next row is another than the client says. */
export const misplaced = (expected: number, received: number): AppendError =>
  received < expected
    ? new AppendError(
        status.ALREADY_EXISTS,
        `The offset is within stream, expected offset ${expected}, received ${received}`,
        { storageCode: OFFSET_ALREADY_EXISTS },
      )
    : new AppendError(
        status.OUT_OF_RANGE,
        `The offset is beyond stream, expected offset ${expected}, received ${received}`,
        { storageCode: OFFSET_OUT_OF_RANGE },
      );
