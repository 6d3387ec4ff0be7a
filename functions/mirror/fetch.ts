import { Firestore, type Timestamp } from '@google-cloud/firestore';
import { projectId } from '../../shared/config/config.ts';
import { splitDocumentName } from '../../shared/events/firestore.ts';
import { fieldsOfClient } from '../../shared/mirrors/client-values.ts';
import type { Fetched } from './mirror.ts';

const clients = new Map<string, Firestore>();

/** A client that reads integers exactly, unlike the other steps'. */
export function exactFirestore(databaseId: string): Firestore {
  const client =
    clients.get(databaseId) ?? new Firestore({ projectId: projectId(), databaseId, useBigInt: true });
  clients.set(databaseId, client);
  return client;
}

/** Reads a document as it stands now. @param name full name */
export async function fetchDocument(name: string): Promise<Fetched> {
  const { database, path } = splitDocumentName(name);
  const document = await exactFirestore(database).doc(path).get();
  const { updateTime, createTime, readTime } = document;
  if (!document.exists || !updateTime)
    return { fields: undefined, time: microsOfClient(readTime), created: false };
  return {
    fields: fieldsOfClient(document.data()!),
    time: microsOfClient(updateTime),
    created: createTime?.isEqual(updateTime) ?? false,
  };
}

export const microsOfClient = ({ seconds, nanoseconds }: Timestamp): number =>
  seconds * 1e6 + Math.floor(nanoseconds / 1000);
