import { status } from '@grpc/grpc-js';

export { status };

/** An error that a client is meant to see, with its gRPC code ({@link https://grpc.io/docs/guides/status-codes/}). */
export class GrpcError extends Error {
  readonly code: status;
  constructor(code: status, message: string) {
    super(message);
    this.name = 'GrpcError';
    this.code = code;
  }
}

export const notFound = (message: string): GrpcError => new GrpcError(status.NOT_FOUND, message);
export const alreadyExists = (message: string): GrpcError => new GrpcError(status.ALREADY_EXISTS, message);
export const invalidArgument = (message: string): GrpcError =>
  new GrpcError(status.INVALID_ARGUMENT, message);
export const failedPrecondition = (message: string): GrpcError =>
  new GrpcError(status.FAILED_PRECONDITION, message);
/** What is not there yet names itself, so that a user knows which call it was. */
export const unimplemented = (what: string): GrpcError =>
  new GrpcError(status.UNIMPLEMENTED, `${what} is not implemented in Millrace's local suite`);
