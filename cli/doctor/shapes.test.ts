import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { loadProtos } from '../../emulators/grpc/server.ts';
import { FakeGoogle, type Json } from './testing.ts';

const pubsub = loadProtos('@google-cloud/pubsub', 'protos.json');
const firestore = loadProtos('@google-cloud/firestore', 'admin_v1.json');
const tasks = loadProtos('@google-cloud/tasks', 'protos.json');

/** The answers whose messages the installed clients describe: the JSON of an API is that of its messages. */
const SHAPES: readonly (readonly [root: protobuf.Root, message: string, ending: string])[] = [
  [pubsub, 'google.pubsub.v1.Topic', 'topics/events'],
  [pubsub, 'google.pubsub.v1.Subscription', 'count-on-events-sub-123'],
  [firestore, 'google.firestore.admin.v1.Database', 'databases/(default)'],
  [firestore, 'google.firestore.admin.v1.ListIndexesResponse', '/-/indexes'],
  [firestore, 'google.firestore.admin.v1.ListFieldsResponse', '/-/fields'],
  [tasks, 'google.cloud.tasks.v2beta3.Queue', 'queues/mails'],
  [tasks, 'google.iam.v1.Policy', 'topics/dead-letters:getIamPolicy'],
];

/** Everything in a JSON value that its message does not know, by path. */
function unknownIn(value: Json, type: protobuf.Type, path: string): string[] {
  return Object.entries(value).flatMap(([key, item]) => {
    const at = `${path}.${key}`;
    const field = type.fields[key]?.resolve();
    if (field === undefined) return [at];
    const items: Json[] = field.repeated ? (item as Json[]) : [item as Json];
    return items.flatMap(each => {
      const { resolvedType } = field;
      if (resolvedType instanceof protobuf.Enum) {
        return String(each) in resolvedType.values ? [] : [`${at} = ${each}`];
      }
      const message = resolvedType instanceof protobuf.Type ? resolvedType : undefined;
      // Durations and timestamps are texts in JSON.
      return message && typeof each === 'object' ? unknownIn(each, message, at) : [];
    });
  });
}

describe('the answers made by hand have the shape that the official clients know:', () => {
  it.each(SHAPES)('%#: %s %s', (root, message, ending) => {
    expect(unknownIn(new FakeGoogle().at(ending), root.lookupType(message), message)).toEqual([]);
  });

  it('a wrong name or value would be seen', () => {
    const google = new FakeGoogle();
    const body = google.at('count-on-events-sub-123');
    Object.assign(body, { ackDeadline: 600, state: 'FINE' });
    expect(unknownIn(body, pubsub.lookupType('google.pubsub.v1.Subscription'), '')).toEqual([
      '.state = FINE',
      '.ackDeadline',
    ]);
  });
});
