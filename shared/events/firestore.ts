import { type CloudEvent, timestamp } from './cloudevent.ts';
import { encodeDocumentEventData, type FirestoreDocument } from './firestore-codec.ts';
import { changedPaths } from './firestore-mask.ts';

export type DocumentChangeKind = 'created' | 'updated' | 'deleted';

/** One document before and after one commit; at least one of the two is there. */
export interface DocumentChange {
  readonly before: FirestoreDocument | undefined;
  readonly after: FirestoreDocument | undefined;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** Who made the change, for the event types that say so. */
export interface AuthContext {
  /** service_account, api_key, system, unauthenticated, or unknown for all others, people among them. */
  readonly authtype: string;
  readonly authid?: string;
}

/** What happened to the document. @throws TypeError when there is no document at all */
export function kindOfChange({ before, after }: DocumentChange): DocumentChangeKind {
  if (before === undefined && after === undefined)
    throw new TypeError('A change needs the document before or after it');
  if (before === undefined) return 'created';
  return after === undefined ? 'deleted' : 'updated';
}

/** The event types that a change is sent as, each to the triggers that name it. */
export function documentEventTypes(change: DocumentChange): string[] {
  return [kindOfChange(change), 'written'].flatMap(kind => [
    `google.cloud.firestore.document.v1.${kind}`,
    `google.cloud.firestore.document.v1.${kind}.withAuthContext`,
  ]);
}

/** `projects/P/databases/D/documents/PATH` in its parts. @throws TypeError for any other name */
export function splitDocumentName(name: string) {
  const [, project, database, path] =
    /^projects\/([^/]+)\/databases\/([^/]+)\/documents\/(.+)$/su.exec(name) ?? [];
  if (project === undefined || database === undefined || path === undefined) {
    throw new TypeError(`"${name}" is no document's name. Expected projects/P/databases/D/documents/PATH`);
  }
  return { project, database, path };
}

/** The protobuf body for a change: the same for every event type it is sent as. */
export function documentEventData(change: DocumentChange): Uint8Array {
  const { before, after } = change;
  return encodeDocumentEventData({
    ...(after && { value: after }),
    ...(before && { oldValue: before }),
    ...(before && after && { updateMask: { fieldPaths: changedPaths(before.fields, after.fields) } }),
  });
}

/**
 * The event that Eventarc sends for a changed document.
 *
 * @param id the same for every trigger that the change wakes, so a step's own records of it carry the step's name too
 * @param type one of `documentEventTypes(change)`
 * @param location where the database is, e.g. nam5
 */
export function documentEvent(
  id: string,
  type: string,
  change: DocumentChange,
  location: string,
  auth?: AuthContext,
): CloudEvent<Uint8Array> {
  const { project, database, path } = splitDocumentName((change.after ?? change.before)?.name ?? '');
  return {
    id,
    specversion: '1.0',
    type,
    source: `//firestore.googleapis.com/projects/${project}/databases/${database}`,
    subject: `documents/${path}`,
    time: timestamp(change.time),
    datacontenttype: 'application/protobuf',
    project,
    database,
    namespace: '(default)',
    document: path,
    location,
    ...(type.endsWith('.withAuthContext') && auth),
    data: documentEventData(change),
  };
}
