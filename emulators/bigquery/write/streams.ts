import { randomUUID } from 'node:crypto';
import { GrpcError, invalidArgument, notFound, status, unimplemented } from '../../grpc/errors.ts';
import type { Site } from '../site.ts';
import type { StoredStream, StoredTable } from '../stored.ts';
import type { TableRef } from '../types.ts';

/** A stream by its name; the default one of a table has no number of its own for its rows. */
export interface StreamName {
  readonly ref: TableRef;
  /** `projects/P/datasets/D/tables/T/streams/S`. */
  readonly name: string;
  readonly isDefault: boolean;
}

const TABLE = /^projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)$/;
const STREAM = /^(projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+))\/(?:streams\/)?([^/]+)$/;

/** @throws GrpcError INVALID_ARGUMENT */
export function parseTable(parent: string): TableRef {
  const [, projectId, datasetId, tableId] = TABLE.exec(parent) ?? [];
  if (projectId === undefined || datasetId === undefined || tableId === undefined)
    throw invalidArgument(`Invalid parent "${parent}": expected projects/P/datasets/D/tables/T`);
  return { projectId, datasetId, tableId };
}

/** The default stream goes by `…/streams/_default` and by `…/_default`. @throws GrpcError INVALID_ARGUMENT */
export function parseStream(name: string): StreamName {
  const [, table, , , , id] = STREAM.exec(name) ?? [];
  if (table === undefined || id === undefined)
    throw invalidArgument(`Invalid stream name "${name}": expected projects/P/datasets/D/tables/T/streams/S`);
  return { ref: parseTable(table), name: `${table}/streams/${id}`, isDefault: id === '_default' };
}

/** @throws GrpcError NOT_FOUND */
export function tableOf({ store }: Site, { ref, name }: Pick<StreamName, 'ref' | 'name'>): StoredTable {
  const table = store.findTable(ref);
  if (!table) throw notFound(`Requested entity was not found. Entity: ${name}`);
  return table;
}

/** The types of streams by their numbers. */
const TYPES: Readonly<Record<number, StoredStream['type']>> = { 1: 'COMMITTED', 2: 'PENDING' };
const BUFFERED = 3;
export const typeNumber = ({ type }: Pick<StoredStream, 'type'>): number => (type === 'COMMITTED' ? 1 : 2);

/** @throws GrpcError */
export async function createStream(site: Site, parent: string, wanted: number): Promise<StoredStream> {
  if (wanted === BUFFERED) throw unimplemented('A buffered stream');
  const type = TYPES[wanted];
  if (!type) throw invalidArgument('Stream type must be specified: COMMITTED and PENDING are here');
  const ref = parseTable(parent);
  const table = tableOf(site, { ref, name: parent });
  const stream = {
    name: `${parent}/streams/${randomUUID()}`,
    type,
    table: table.id,
    created: site.store.now,
    rows: 0,
    finalized: false,
  };
  await site.store.change(change => change.putStream(stream));
  return stream;
}

/** A stream that was made, of the table that it was made for. @throws GrpcError NOT_FOUND */
export function findStream(site: Site, stream: StreamName): StoredStream {
  const found = site.store.findStream(stream.name);
  if (!found || found.table !== tableOf(site, stream).id)
    throw notFound(`Requested entity was not found. Entity: ${stream.name}`);
  return found;
}

export async function finalizeStream(site: Site, stream: StreamName): Promise<number> {
  if (stream.isDefault) throw invalidArgument('The default stream cannot be finalized');
  return site.store.change(async change => {
    const found = findStream(site, stream);
    await change.putStream({ ...found, finalized: true });
    return found.rows;
  });
}

/** @throws GrpcError INVALID_ARGUMENT once it is finalized */
export function checkOpen({ name, finalized }: StoredStream): void {
  if (finalized)
    throw new GrpcError(
      status.INVALID_ARGUMENT,
      `Stream has been finalized and cannot be appended to. Entity: ${name}`,
    );
}
