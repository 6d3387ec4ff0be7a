import { describe, expect, it } from 'vitest';
import { auditEvent } from './audit.ts';
import { type DocumentChange, documentEvent, documentEventTypes, splitDocumentName } from './firestore.ts';
import { decodeDocumentEventData } from './firestore-codec.ts';
import { messageData, messageEvent } from './pubsub.ts';
import { scheduleEvent } from './schedule.ts';
import { storageAttributes, storageEvent } from './storage.ts';

const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const iso = '2026-01-02T03:04:05.678Z';

describe('Cloud Storage', () => {
  const object = {
    name: 'flights/a b.ndjson',
    bucket: 'demo-uploads',
    generation: '1767323045678901',
    size: '7',
  };

  it('sends the object with its bucket as an extension', () => {
    expect(storageEvent('m1', { event: 'finalized', object, time })).toEqual({
      id: 'm1',
      specversion: '1.0',
      type: 'google.cloud.storage.object.v1.finalized',
      source: '//storage.googleapis.com/projects/_/buckets/demo-uploads',
      subject: 'objects/flights/a b.ndjson',
      time: iso,
      bucket: 'demo-uploads',
      datacontenttype: 'application/json',
      data: object,
    });
  });

  it('leaves the id to the message that carries the event', () => {
    expect(storageAttributes({ event: 'deleted', object, time })).not.toHaveProperty('id');
  });
});

describe('Pub/Sub', () => {
  const topic = 'projects/p/topics/events';
  const message = {
    messageId: '7',
    publishTime: time,
    attributes: { a: 'b' },
    data: Buffer.from('hé'),
    orderingKey: 'k',
  };

  it('sends the push body, its id being the message id', () => {
    const event = messageEvent(message, topic, 'projects/p/subscriptions/s');
    expect(event).toEqual({
      id: '7',
      specversion: '1.0',
      type: 'google.cloud.pubsub.topic.v1.messagePublished',
      source: '//pubsub.googleapis.com/projects/p/topics/events',
      time: iso,
      datacontenttype: 'application/json',
      data: {
        message: { data: 'aMOp', attributes: { a: 'b' }, messageId: '7', publishTime: iso, orderingKey: 'k' },
        subscription: 'projects/p/subscriptions/s',
      },
    });
    expect(messageData(event.data!.message).toString()).toBe('hé');
  });

  it('leaves out what a message has not', () => {
    const bare = {
      messageId: '7',
      publishTime: time,
      attributes: {},
      data: Buffer.alloc(0),
      orderingKey: '',
    };
    const { message: sent } = messageEvent(bare, topic, 's').data!;
    expect(sent).toEqual({ messageId: '7', publishTime: iso });
    expect(messageData(sent)).toHaveLength(0);
  });
});

describe('Firestore', () => {
  const name = 'projects/p/databases/(default)/documents/users/Zoë /orders/1';
  const before = { name, fields: { n: { integerValue: '1' }, same: { booleanValue: true } } };
  const after = { name, fields: { n: { integerValue: '2' }, same: { booleanValue: true } } };
  const written = 'google.cloud.firestore.document.v1.written';

  it('sends the document and where it lies as extensions, the body as protobuf', () => {
    const { data, ...attributes } = documentEvent('c1', written, { before, after, time }, 'nam5');
    expect(attributes).toEqual({
      id: 'c1',
      specversion: '1.0',
      type: written,
      source: '//firestore.googleapis.com/projects/p/databases/(default)',
      subject: 'documents/users/Zoë /orders/1',
      time: iso,
      datacontenttype: 'application/protobuf',
      project: 'p',
      database: '(default)',
      namespace: '(default)',
      document: 'users/Zoë /orders/1',
      location: 'nam5',
    });
    expect(decodeDocumentEventData(data!)).toEqual({
      value: after,
      oldValue: before,
      updateMask: { fieldPaths: ['n'] },
    });
  });

  it.each<[string, DocumentChange, object]>([
    ['created', { before: undefined, after, time }, { value: after }],
    [
      'updated',
      { before, after, time },
      { value: after, oldValue: before, updateMask: { fieldPaths: ['n'] } },
    ],
    ['deleted', { before, after: undefined, time }, { oldValue: before }],
  ])(
    'sends a document that was %s as that and as written, with the mask only on updates',
    (kind, change, data) => {
      expect(documentEventTypes(change)).toEqual([
        `google.cloud.firestore.document.v1.${kind}`,
        `google.cloud.firestore.document.v1.${kind}.withAuthContext`,
        written,
        `${written}.withAuthContext`,
      ]);
      expect(decodeDocumentEventData(documentEvent('c1', written, change, 'nam5').data!)).toEqual(data);
    },
  );

  it('says who made the change only to those who asked for it', () => {
    const auth = { authtype: 'unknown', authid: 'u1' };
    const change = { before, after, time };
    expect(documentEvent('c1', `${written}.withAuthContext`, change, 'nam5', auth)).toMatchObject(auth);
    expect(documentEvent('c1', written, change, 'nam5', auth)).not.toHaveProperty('authtype');
  });

  it('refuses a change of nothing, and a name that is none', () => {
    expect(() => documentEventTypes({ before: undefined, after: undefined, time })).toThrow(
      'A change needs the document before or after it',
    );
    expect(() => splitDocumentName('users/a')).toThrow(
      '"users/a" is no document\'s name. Expected projects/P/databases/D/documents/PATH',
    );
  });
});

describe('Cloud Scheduler', () => {
  it('makes the same event of the same run', () => {
    const run = { project: 'p', location: 'us-central1', job: 'tick-every-minute', scheduledTime: time };
    expect(scheduleEvent(run)).toEqual({
      id: `tick-every-minute-${iso}`,
      specversion: '1.0',
      type: 'google.cloud.scheduler.job.v1.executed',
      source: '//cloudscheduler.googleapis.com/projects/p/locations/us-central1/jobs/tick-every-minute',
      time: iso,
      datacontenttype: 'application/json',
      data: {},
    });
  });
});

describe('Cloud Audit Logs', () => {
  it('sends the entry with what it can be filtered by as extensions', () => {
    const entry = {
      logName: 'projects/p/logs/cloudaudit.googleapis.com%2Fdata_access',
      insertId: 'x1',
      timestamp: iso,
      protoPayload: { serviceName: 's', methodName: 'm', resourceName: 'projects/_/buckets/b' },
    };
    expect(auditEvent('a1', entry)).toEqual({
      id: 'a1',
      specversion: '1.0',
      type: 'google.cloud.audit.log.v1.written',
      source: '//cloudaudit.googleapis.com/projects/p/logs/data_access',
      time: iso,
      datacontenttype: 'application/json',
      servicename: 's',
      methodname: 'm',
      resourcename: 'projects/_/buckets/b',
      data: entry,
    });
  });
});
