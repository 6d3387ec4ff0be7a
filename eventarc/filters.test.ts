import { describe, expect, it } from 'vitest';
import { fromBinaryHeaders, toBinaryHeaders } from '../shared/events/cloudevent.ts';
import { matcher, matches } from './filters.ts';
import type { EventarcTrigger, Filter } from './wiring.ts';

const retry = { attempts: 10, minimumBackoff: 10, maximumBackoff: 600 };
const trigger = (event: string, where: readonly Filter[] = [], topic?: string): EventarcTrigger => ({
  name: 't',
  step: 's',
  kind: 'eventarc',
  event,
  where,
  retry,
  ...(topic === undefined ? {} : { topic }),
});
const exact = (attribute: string, value: string): Filter => ({ attribute, value, operator: 'exact' });
const like = (attribute: string, value: string): Filter => ({
  attribute,
  value,
  operator: 'match-path-pattern',
});

const FINALIZED = 'google.cloud.storage.object.v1.finalized';
const PUBLISHED = 'google.cloud.pubsub.topic.v1.messagePublished';
const WRITTEN = 'google.cloud.firestore.document.v1.written';

describe('a Storage trigger', () => {
  const uploads = trigger(FINALIZED, [exact('bucket', 'uploads')]);
  const name = (logical: string) => `demo-${logical}`;

  it('takes its bucket, whose logical name stands for the full one', () => {
    expect(matches(uploads, { type: FINALIZED, bucket: 'demo-uploads' }, name)).toEqual({ params: {} });
    expect(matches(uploads, { type: FINALIZED, bucket: 'demo-others' }, name)).toBeUndefined();
    expect(matches(uploads, { type: FINALIZED, bucket: 'uploads' }, name)).toBeUndefined();
    expect(matches(uploads, { type: FINALIZED, bucket: 'uploads' })).toEqual({ params: {} });
  });

  it('takes its own event type only', () => {
    const deleted = 'google.cloud.storage.object.v1.deleted';
    expect(matches(uploads, { type: deleted, bucket: 'uploads' })).toBeUndefined();
  });

  it('takes no event that lacks the attribute', () => {
    expect(matches(uploads, { type: FINALIZED })).toBeUndefined();
    expect(matches(trigger(FINALIZED, [exact('constructor', 'x')]), { type: FINALIZED })).toBeUndefined();
  });
});

describe('a Pub/Sub trigger', () => {
  const events = trigger(PUBLISHED, [], 'events');
  const source = (topic: string) => `//pubsub.googleapis.com/projects/p/topics/${topic}`;

  it('takes its topic only, and no topic whose name merely ends alike', () => {
    expect(matches(events, { type: PUBLISHED, source: source('events') })).toEqual({ params: {} });
    expect(matches(events, { type: PUBLISHED, source: source('events-raw') })).toBeUndefined();
    expect(matches(events, { type: PUBLISHED, source: source('my-events') })).toBeUndefined();
    expect(matches(events, { type: PUBLISHED })).toBeUndefined();
  });
});

describe('a Firestore trigger', () => {
  const orders = matcher(
    trigger(WRITTEN, [exact('database', '(default)'), like('document', 'users/{user}/orders/{order}')]),
  );
  const event = { type: WRITTEN, database: '(default)', document: 'users/marie/orders/7' };

  it('captures from the path', () => {
    expect(orders(event)).toEqual({ params: { user: 'marie', order: '7' } });
  });

  it('needs every filter to fit', () => {
    expect(orders({ ...event, database: 'other' })).toBeUndefined();
    expect(orders({ ...event, document: 'users/marie' })).toBeUndefined();
    expect(orders({ ...event, document: undefined })).toBeUndefined();
  });

  it('takes no created document for a written one', () => {
    expect(orders({ ...event, type: 'google.cloud.firestore.document.v1.created' })).toBeUndefined();
  });

  it('captures what percent-encoded headers meant', () => {
    const headers = toBinaryHeaders({ ...event, document: 'users/Zoë 100%/orders/%41' });
    expect(headers['ce-document']).toBe('users/Zo%C3%AB%20100%25/orders/%2541');
    expect(orders(fromBinaryHeaders(headers))).toEqual({ params: { user: 'Zoë 100%', order: '%41' } });
  });

  it('takes a braced value literally where the filter is exact, as Eventarc does', () => {
    const dead = trigger(WRITTEN, [exact('document', 'users/{user}')]);
    expect(matches(dead, { type: WRITTEN, document: 'users/marie' })).toBeUndefined();
    expect(matches(dead, { type: WRITTEN, document: 'users/{user}' })).toEqual({ params: {} });
  });
});

describe('an audit log trigger', () => {
  it("compares Eventarc's filter names with the lower-case attributes", () => {
    const audit = trigger('google.cloud.audit.log.v1.written', [
      exact('serviceName', 'storage.googleapis.com'),
      like('resourceName', 'projects/_/buckets/{bucket}/**'),
    ]);
    const event = {
      type: 'google.cloud.audit.log.v1.written',
      servicename: 'storage.googleapis.com',
      resourcename: 'projects/_/buckets/b/objects/a/b',
    };
    expect(matches(audit, event)).toEqual({ params: { bucket: 'b' } });
    expect(matches(audit, { ...event, servicename: 'x' })).toBeUndefined();
  });
});
