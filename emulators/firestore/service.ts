import { randomBytes } from 'node:crypto';
import { GrpcError, invalidArgument, notFound } from '../grpc/errors.ts';
import { type Access, authorize, judgedWrites, OPEN } from './access.ts';
import { authorOf, type Context } from './callers.ts';
import type { Committer, Database, WriteResult } from './database.ts';
import { StoredDocument } from './document.ts';
import { OperationCounter } from './operations.ts';
import { aggregate } from './query/aggregate.ts';
import { parseQuery, type Query } from './query/parse.ts';
import { countQuery } from './query/run.ts';
import type {
  BatchGetRequest,
  BeginTransactionRequest,
  CommitRequest,
  CreateDocumentRequest,
  DeleteDocumentRequest,
  GetDocumentRequest,
  ReadRequest,
  RunAggregationQueryRequest,
  RunQueryRequest,
  UpdateDocumentRequest,
  WireTransactionOptions,
} from './requests.ts';
import { type ReadAt, type TransactionOptions, Transactions } from './transactions.ts';
import type { Value } from './types.ts';
import { project } from './values/fields.ts';
import { checkDatabase, checkDocumentName, parseFieldPath } from './values/paths.ts';
import { toMicros } from './values/time.ts';
import type { Write } from './writes.ts';

const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

/** What the methods of google.firestore.v1.Firestore do, in plain values: each wire is an adapter over this. */
export class Service {
  readonly database: Database;
  readonly transactions: Transactions;
  readonly operations: OperationCounter;
  /** What judges the requests of clients. */
  access: Access = OPEN;

  constructor(database: Database, operations = new OperationCounter()) {
    this.operations = operations;
    this.database = database;
    this.transactions = new Transactions(database);
  }

  async getDocument(request: GetDocumentRequest, context: Context): Promise<StoredDocument> {
    const name = documentName(request.name);
    const { documents } = await this.transactions.documents([name], this.readAt(request, context).at);
    this.#mayGet(context, name, documents[0]);
    this.operations.got(1);
    if (!documents[0]) throw notFound(`Document "${name}" not found.`);
    return masked(documents[0], request.mask);
  }

  /** One answer a document asked for, in the order of the request. */
  async batchGet(
    request: BatchGetRequest,
    context: Context,
  ): Promise<{
    started: string | undefined;
    readTime: number;
    documents: { name: string; found: StoredDocument | undefined }[];
  }> {
    checkDatabase(request.database ?? '');
    const names = (request.documents ?? []).map(documentName);
    for (const name of names)
      if (!name.startsWith(`${request.database}/`))
        throw invalidArgument(`Document "${name}" does not belong to the database "${request.database}".`);
    const { at, started } = this.readAt(request, context);
    const { documents, readTime } = await this.transactions.documents(names, at);
    for (const [i, name] of names.entries()) this.#mayGet(context, name, documents[i]);
    this.operations.got(names.length);
    const answers = names.map((name, i) => {
      const doc = documents[i];
      return { name, found: doc && masked(doc, request.mask) };
    });
    return { started, readTime, documents: answers };
  }

  async runQuery(
    request: RunQueryRequest,
    context: Context,
  ): Promise<{
    started: string | undefined;
    readTime: number;
    documents: readonly StoredDocument[];
    skipped: number;
  }> {
    const query = this.parse(request);
    this.mayList(context, request);
    const { at, started } = this.readAt(request, context);
    const { result, readTime } = await this.transactions.query(query, at);
    this.operations.queried(result.documents.length);
    const documents = query.select ? result.documents.map(doc => selected(doc, query)) : result.documents;
    return { started, readTime, documents, skipped: result.skipped };
  }

  async runAggregationQuery(
    request: RunAggregationQueryRequest,
    context: Context,
  ): Promise<{ started: string | undefined; readTime: number; fields: Record<string, Value> }> {
    const { structuredQuery, aggregations = [] } = request.structuredAggregationQuery ?? {};
    const ofDocuments = { ...request, structuredQuery: structuredQuery ?? {} };
    const query = this.parse(ofDocuments);
    this.mayList(context, ofDocuments);
    const { at, started } = this.readAt(request, context);
    const { value, readTime } = await this.transactions.aggregate(query, at, past => {
      this.operations.aggregated(countQuery(this.database.store, query, past));
      return aggregate(this.database.store, query, aggregations, past);
    });
    return { started, readTime, fields: value };
  }

  async createDocument(request: CreateDocumentRequest, context: Context): Promise<StoredDocument> {
    const id = request.documentId || randomBytes(15).toString('base64url');
    const name = `${request.parent ?? ''}/${request.collectionId ?? ''}/${id}`;
    const write: Write = {
      update: { name, fields: request.document?.fields ?? {} },
      currentDocument: { exists: false },
    };
    await this.#write(write, context);
    return masked(this.database.store.get(name)!, request.mask);
  }

  async updateDocument(request: UpdateDocumentRequest, context: Context): Promise<StoredDocument> {
    const name = documentName(request.document?.name);
    const write: Write = {
      update: { name, fields: request.document?.fields ?? {} },
      ...(request.updateMask && { updateMask: request.updateMask }),
      ...(request.currentDocument && { currentDocument: request.currentDocument }),
    };
    await this.#write(write, context);
    return masked(this.database.store.get(name)!, request.mask);
  }

  async deleteDocument(request: DeleteDocumentRequest, context: Context): Promise<void> {
    const write: Write = {
      delete: documentName(request.name),
      ...(request.currentDocument && { currentDocument: request.currentDocument }),
    };
    await this.#write(write, context);
  }

  beginTransaction(request: BeginTransactionRequest, context: Context): string {
    checkDatabase(request.database ?? '');
    return this.transactions.begin(transactionOptions(request.options), context.peer);
  }

  rollback(request: CommitRequest): void {
    this.transactions.rollback(transactionId(request.transaction) ?? '');
  }

  async commit(
    request: CommitRequest,
    context: Context,
  ): Promise<{ writeResults: readonly WriteResult[]; commitTime: number }> {
    this.#checkWrites(request);
    const result = await this.transactions.commit(
      request.writes ?? [],
      transactionId(request.transaction),
      this.#committer(context),
    );
    this.operations.wrote(request.writes ?? []);
    await result.seen;
    return result;
  }

  /** Every write stands alone: what one meets is its own status. */
  async batchWrite(request: CommitRequest, context: Context): Promise<(WriteResult | GrpcError)[]> {
    this.#checkWrites(request);
    const names = (request.writes ?? []).map(write => write.update?.name ?? write.delete ?? '');
    if (new Set(names).size !== names.length)
      throw invalidArgument('BatchWrite: a document may be written only once in one request.');
    return Promise.all(
      (request.writes ?? []).map(async write => {
        try {
          return (await this.#write(write, context)).writeResults[0]!;
        } catch (error) {
          if (error instanceof GrpcError) return error;
          throw error;
        }
      }),
    );
  }

  parse(request: RunQueryRequest): Query {
    if (!request.structuredQuery) throw invalidArgument('The request has no structured_query.');
    return parseQuery(request.parent ?? '', request.structuredQuery);
  }

  /** Where the request wants to read; a new transaction begins here if it asks for one. */
  readAt(request: ReadRequest, context: Context): { at: ReadAt; started: string | undefined } {
    const started =
      request.newTransaction &&
      this.transactions.begin(transactionOptions(request.newTransaction), context.peer);
    const transaction = started ?? transactionId(request.transaction);
    const readTime = request.readTime && toMicros(request.readTime);
    return { at: { transaction, readTime }, started };
  }

  #mayGet({ caller }: Context, name: string, document: StoredDocument | undefined): void {
    authorize(caller, () => this.access.get(caller, name, document));
  }

  /** @throws PERMISSION_DENIED */
  mayList({ caller }: Context, { parent = '', structuredQuery = {} }: RunQueryRequest): void {
    authorize(caller, () => this.access.list(caller, parent, structuredQuery));
  }

  /** What no rule can allow a client. @throws PERMISSION_DENIED once there are rules */
  mayAdminister({ caller }: Context, method: string): void {
    if (this.access === OPEN) return;
    authorize(caller, () => ({ allowed: false, reason: `${method} is for servers only.` }));
  }

  #committer({ caller }: Context): Committer {
    const stored = (name: string): StoredDocument | undefined => this.database.store.get(name);
    const judge = (writes: readonly Write[], time: number): void =>
      authorize(caller, () => this.access.commit(caller, judgedWrites(writes, stored, time), time));
    return { author: authorOf(caller), judge };
  }

  async #write(write: Write, context: Context): Promise<{ writeResults: readonly WriteResult[] }> {
    const result = await this.transactions.commit([write], undefined, this.#committer(context));
    this.operations.wrote([write]);
    await result.seen;
    return result;
  }

  #checkWrites(request: CommitRequest): void {
    const prefix = `${checkDatabase(request.database ?? '')}/documents/`;
    for (const write of request.writes ?? []) {
      const name = write.update?.name ?? write.delete ?? write.transform?.document;
      if (name && !name.startsWith(prefix))
        throw invalidArgument(`Document "${name}" does not belong to the database "${request.database}".`);
    }
  }
}

/** @throws where the encoded request is larger than Firestore takes. */
export function checkRequestSize(bytes: number): void {
  if (bytes > MAX_REQUEST_BYTES)
    throw invalidArgument(
      `Request payload size exceeds the limit: ${MAX_REQUEST_BYTES} bytes. Write fewer or smaller documents at once.`,
    );
}

function documentName(name: string | undefined): string {
  checkDocumentName(name ?? '');
  return name!;
}

function transactionId(bytes: Uint8Array | undefined): string | undefined {
  return bytes?.length ? Buffer.from(bytes).toString('hex') : undefined;
}

function transactionOptions(options: WireTransactionOptions | undefined): TransactionOptions {
  if (options?.readOnly) {
    const { readTime } = options.readOnly;
    return { readOnly: readTime ? { readTime: toMicros(readTime) } : {} };
  }
  const retry = transactionId(options?.readWrite?.retryTransaction);
  return { readWrite: retry === undefined ? {} : { retry } };
}

export function masked(doc: StoredDocument, mask: { fieldPaths?: string[] } | undefined): StoredDocument {
  if (!mask) return doc;
  const fields = project(doc.fields, (mask.fieldPaths ?? []).map(parseFieldPath));
  return StoredDocument.of(doc.name, fields, doc.createTime, doc.updateTime);
}

/** `__name__` in a projection means "no fields". */
export function selected(doc: StoredDocument, query: Query): StoredDocument {
  const paths = query.select!.filter(path => path[0] !== '__name__');
  return StoredDocument.of(doc.name, project(doc.fields, paths), doc.createTime, doc.updateTime);
}
