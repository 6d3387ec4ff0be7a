import { invalidArgument } from '../grpc/errors.ts';
import type { CommitRequest, WireTransactionOptions } from './requests.ts';
import type { TransactionOptions } from './transactions.ts';
import { checkDatabase, checkDocumentName } from './values/paths.ts';
import { toMicros } from './values/time.ts';

const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

/** @throws where the encoded request is larger than Firestore takes. */
export function checkRequestSize(bytes: number): void {
  if (bytes > MAX_REQUEST_BYTES)
    throw invalidArgument(
      `Request payload size exceeds the limit: ${MAX_REQUEST_BYTES} bytes. Write fewer or smaller documents at once.`,
    );
}

/** @throws where a write is to another database than the request is. */
export function checkWrites(request: CommitRequest): void {
  const prefix = `${checkDatabase(request.database ?? '')}/documents/`;
  for (const write of request.writes ?? []) {
    const name = write.update?.name ?? write.delete ?? write.transform?.document;
    if (name && !name.startsWith(prefix))
      throw invalidArgument(`Document "${name}" does not belong to the database "${request.database}".`);
  }
}

/** @throws unless it names a document. */
export function documentName(name: string | undefined): string {
  checkDocumentName(name ?? '');
  return name!;
}

/** Hex inside, bytes on the wire. */
export function transactionId(bytes: Uint8Array | undefined): string | undefined {
  return bytes?.length ? Buffer.from(bytes).toString('hex') : undefined;
}

export function transactionOptions(options: WireTransactionOptions | undefined): TransactionOptions {
  if (options?.readOnly) {
    const { readTime } = options.readOnly;
    return { readOnly: readTime ? { readTime: toMicros(readTime) } : {} };
  }
  const retry = transactionId(options?.readWrite?.retryTransaction);
  return { readWrite: retry === undefined ? {} : { retry } };
}
