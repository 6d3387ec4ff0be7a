import { decodeDocumentEventData } from '../../shared/events/firestore-codec.ts';
import { changedPaths } from '../../shared/events/firestore-mask.ts';
import type { Document, DocumentChange } from '../firestore/types.ts';
import { toTimestamp } from '../firestore/values/time.ts';

/**
 * What an event of Google's emulator says has changed; undefined where nothing has, since it also tells of writes that
 * change nothing. Its body is base64, though it says protobuf. Its masks are empty, its sources name the project wrongly and
 * its callers are made up: all that is left to the router, which only needs the document before and after.
 * @param time of the event, RFC 3339 to the second: what a deletion has
 */
export function changeOf(body: Buffer, time: string, sequence: number): DocumentChange | undefined {
  const { value, oldValue } = decodeDocumentEventData(Buffer.from(body.toString('latin1'), 'base64'));
  const [before, after] = [oldValue, value] as [Document | undefined, Document | undefined];
  const name = (after ?? before)?.name;
  if (name === undefined) return undefined;
  if (before && after && changedPaths(before.fields, after.fields).length === 0) return undefined;
  const commitTime = after?.updateTime ?? toTimestamp(Date.parse(time) * 1000);
  return { sequence, name, before, after, commitTime, caller: { type: 'system' } };
}
