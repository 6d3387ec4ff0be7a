import { randomBytes } from 'node:crypto';
import { GrpcError, invalidArgument, notFound } from '../grpc/errors.ts';
import type { Context } from './callers.ts';
import type { Database, WriteResult } from './database.ts';
import type { StoredDocument } from './document.ts';
import { Guard } from './guard.ts';
import { OperationCounter } from './operations.ts';
import { masked, selected } from './projection.ts';
import { aggregate } from './query/aggregate.ts';
import { parseQuery, type Query } from './query/parse.ts';
import { countQuery } from './query/run.ts';
import { checkWrites, documentName, transactionId, transactionOptions } from './request-parts.ts';
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
} from './requests.ts';
import { type ReadAt, Transactions } from './transactions.ts';
import type { Value } from './types.ts';
import { checkDatabase } from './values/paths.ts';
import { toMicros } from './values/time.ts';
import type { Write } from './writes.ts';

/** What the methods of google.firestore.v1.Firestore do, in plain values: each wire is an adapter over this. */
export class Service {
  readonly database: Database;
  readonly transactions: Transactions;
  readonly operations: OperationCounter;
  readonly guard: Guard;

  constructor(database: Database, operations = new OperationCounter()) {
    this.operations = operations;
    this.database = database;
    this.transactions = new Transactions(database);
    this.guard = new Guard(name => database.store.get(name));
  }

  async getDocument(request: GetDocumentRequest, context: Context): Promise<StoredDocument> {
    const name = documentName(request.name);
    const { documents } = await this.transactions.documents([name], this.readAt(request, context).at);
    this.guard.mayGet(context, name, documents[0]);
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
    for (const [i, name] of names.entries()) this.guard.mayGet(context, name, documents[i]);
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
    this.guard.mayList(context, request);
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
    this.guard.mayList(context, ofDocuments);
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
    checkWrites(request);
    const result = await this.transactions.commit(
      request.writes ?? [],
      transactionId(request.transaction),
      this.guard.committer(context),
    );
    this.operations.wrote(request.writes ?? []);
    await result.seen;
    return result;
  }

  /** Every write stands alone: what one meets is its own status. */
  async batchWrite(request: CommitRequest, context: Context): Promise<(WriteResult | GrpcError)[]> {
    checkWrites(request);
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

  async #write(write: Write, context: Context): Promise<{ writeResults: readonly WriteResult[] }> {
    const result = await this.transactions.commit([write], undefined, this.guard.committer(context));
    this.operations.wrote([write]);
    await result.seen;
    return result;
  }
}
