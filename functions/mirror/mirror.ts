import { PermanentError } from '../../shared/errors/errors.ts';
import type { CloudEvent } from '../../shared/events/cloudevent.ts';
import { type DocumentEventData, decodeDocumentEventData } from '../../shared/events/firestore-codec.ts';
import type { Fields } from '../../shared/events/firestore-values.ts';
import { jsonOf } from '../../shared/mirrors/json.ts';
import { type Change, microsOf, microsOfText } from '../../shared/mirrors/rows.ts';

/** The document as it stands now, of an event that was too large to bring it. */
export type FetchDocument = (name: string) => Promise<Fetched>;

export interface Fetched {
  /** Undefined where there is no document. */
  readonly fields: Fields | undefined;
  /** Microseconds: of its last update; where there is none, of the reading. */
  readonly time: number;
  readonly created: boolean;
}

/** Full name of the document that an event of Firestore tells of. @throws PermanentError when it names none */
export function documentOf(event: CloudEvent<unknown>): string {
  const [, database] = /^\/\/firestore\.googleapis\.com\/(.+)$/.exec(event.source) ?? [];
  const path = event['document'];
  if (!database || typeof path !== 'string' || path === '')
    throw new PermanentError(`The event ${event.id} of type ${event.type} tells of no document.`);
  return `${database}/documents/${path}`;
}

/**
 * The change that an event tells of. An event over Eventarc's limit comes without its data: then the document is fetched as it
 * stands now, which may be later than the change; its own time says so, and the event of the later change says the same.
 */
export async function changeOf(event: CloudEvent<unknown>, fetch: FetchDocument): Promise<Change> {
  const name = documentOf(event);
  const head = { name, eventId: event.id };
  const { value, oldValue } = dataOf(event);
  if (value) {
    const time = microsOf(value.updateTime ?? { seconds: '0', nanos: 0 });
    const operation = oldValue ? 'UPDATE' : 'CREATE';
    const oldData = oldValue && jsonOf(oldValue.fields);
    return { ...head, operation, time, stateTime: time, data: jsonOf(value.fields), oldData };
  }
  if (oldValue) {
    // The event's own time may be cut: a delete is later than what it deleted in any case.
    const before = microsOf(oldValue.updateTime ?? { seconds: '0', nanos: 0 });
    const time = Math.max(microsOfText(String(event.time)), before + 1);
    const oldData = jsonOf(oldValue.fields);
    return { ...head, operation: 'DELETE', time, stateTime: time, data: undefined, oldData };
  }
  const { fields, time: stateTime, created } = await fetch(name);
  const operation = fields === undefined ? 'DELETE' : created ? 'CREATE' : 'UPDATE';
  const time = microsOfText(String(event.time));
  return { ...head, operation, time, stateTime, data: fields && jsonOf(fields), oldData: undefined };
}

/** Nothing where the event was too large for its data. */
function dataOf({ id, data }: CloudEvent<unknown>): DocumentEventData {
  if (!(data instanceof Uint8Array) || data.byteLength === 0) return {};
  try {
    return decodeDocumentEventData(data);
  } catch (error) {
    throw new PermanentError(`The event ${id} holds no DocumentEventData: ${(error as Error).message}`);
  }
}
