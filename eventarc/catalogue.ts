/** How Eventarc lets an attribute of an event type be filtered. */
export interface AttributeRule {
  readonly required: boolean;
  /** Whether match-path-pattern is taken; otherwise values are compared exactly. */
  readonly pathPattern: boolean;
  /** Filter that is set where the file says nothing. */
  readonly default?: string;
}

export interface EventType {
  readonly source: 'storage' | 'pubsub' | 'firestore' | 'audit';
  /** By the filter's name in Eventarc's API; the CloudEvent attribute is the same in lower case. */
  readonly attributes: Readonly<Record<string, AttributeRule>>;
}

const exact = (required: boolean): AttributeRule => ({ required, pathPattern: false });

const STORAGE: EventType = { source: 'storage', attributes: { bucket: exact(true) } };
const PUBSUB: EventType = { source: 'pubsub', attributes: {} };
const FIRESTORE: EventType = {
  source: 'firestore',
  attributes: {
    database: { required: true, pathPattern: false, default: '(default)' },
    namespace: exact(false),
    document: { required: false, pathPattern: true },
  },
};
const AUDIT: EventType = {
  source: 'audit',
  attributes: {
    serviceName: exact(true),
    methodName: exact(true),
    resourceName: { required: false, pathPattern: true },
  },
};

const firestoreTypes = ['created', 'updated', 'deleted', 'written'].flatMap(change => [
  `google.cloud.firestore.document.v1.${change}`,
  `google.cloud.firestore.document.v1.${change}.withAuthContext`,
]);

/**
 * The event types that a trigger may name, and what Eventarc can filter them by.
 * @see https://cloud.google.com/eventarc/docs/reference/supported-events
 */
export const EVENT_TYPES: ReadonlyMap<string, EventType> = new Map([
  ...['finalized', 'deleted', 'archived', 'metadataUpdated'].map(
    change => [`google.cloud.storage.object.v1.${change}`, STORAGE] as const,
  ),
  ['google.cloud.pubsub.topic.v1.messagePublished', PUBSUB],
  ...firestoreTypes.map(type => [type, FIRESTORE] as const),
  ['google.cloud.audit.log.v1.written', AUDIT],
]);

/** Storage allows this many notification configurations for one event type on one bucket. */
export const NOTIFICATIONS_PER_BUCKET = 10;

/** The step that sends events to the topics of a pipeline's routes. */
export const ROUTING_STEP = 'enrich';

/** Where messages go that a trigger gives up on; it must be one of topics.yaml. */
export const DEAD_LETTER_TOPIC = 'dead-letters';

/** Eventarc's subscriptions keep an event for so long. {@link https://cloud.google.com/eventarc/docs/retry-events} */
export const EVENT_RETENTION_SECONDS = 86_400;

/** What a worker pulls from keeps a message for as long as Pub/Sub's default. */
export const WORKER_RETENTION_SECONDS = 604_800;

/** {@link https://cloud.google.com/eventarc/docs/quotas} */
export const LARGEST_EVENT_BYTES = 512 * 1024;
