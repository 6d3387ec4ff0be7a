/**
 * The parts of Google's answers that the checks read. Fields that have their default value are left out of JSON, so that
 * nearly all are optional.
 */
export interface Bodies {
  /** {@link https://cloud.google.com/resource-manager/reference/rest/v3/projects} */
  readonly project: { readonly name: string };
  /** {@link https://cloud.google.com/service-usage/docs/reference/rest/v1/services/list} */
  readonly services: readonly { readonly config: { readonly name: string } }[];
  /** {@link https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/list} */
  readonly accounts: readonly { readonly email: string; readonly disabled?: boolean }[];
  /** {@link https://cloud.google.com/iam/docs/reference/rest/v1/Policy} by Grant's `on` */
  readonly policy: Policy;
  /** {@link https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services} */
  readonly service: RunService;
  /** {@link https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.workerPools} by its trigger */
  readonly pool: WorkerPool;
  /** {@link https://cloud.google.com/eventarc/docs/reference/rest/v1/projects.locations.triggers} */
  readonly trigger: EventarcTriggerBody;
  /** {@link https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions} by its short name */
  readonly subscription: Subscription;
  /** {@link https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics} */
  readonly topic: { readonly messageRetentionDuration?: string };
  /** {@link https://cloud.google.com/storage/docs/json_api/v1/buckets} by its full name */
  readonly bucket: Bucket;
  /** {@link https://cloud.google.com/storage/docs/json_api/v1/notifications} by the bucket */
  readonly notifications: readonly { readonly topic: string }[];
  /** {@link https://cloud.google.com/storage/docs/json_api/v1/objects/list} by the bucket */
  readonly objects: readonly { readonly name: string }[];
  /** {@link https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets} */
  readonly dataset: Dataset;
  /** The object current/NAME.json, by the pipeline. */
  readonly pointer: { readonly version?: string };
  /** {@link https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases} */
  readonly database: { readonly locationId: string; readonly type?: string };
  /** {@link https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.collectionGroups.indexes} */
  readonly indexes: readonly Index[];
  /** {@link https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.collectionGroups.fields} */
  readonly fields: readonly Field[];
  /** {@link https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs} */
  readonly job: Job;
  /** {@link https://cloud.google.com/tasks/docs/reference/rest/v2beta3/projects.locations.queues} */
  readonly queue: Queue;
}

export type Kind = keyof Bodies;

export interface Policy {
  readonly bindings?: readonly {
    readonly role: string;
    readonly members?: readonly string[];
    readonly condition?: unknown;
  }[];
}

export interface RunService {
  readonly ingress?: string;
  readonly uri?: string;
  readonly urls?: readonly string[];
  readonly terminalCondition?: { readonly state?: string; readonly message?: string };
  readonly template?: {
    readonly serviceAccount?: string;
    readonly timeout?: string;
    readonly maxInstanceRequestConcurrency?: number;
    readonly containers?: readonly { readonly env?: readonly { name: string; value?: string }[] }[];
  };
  readonly traffic?: readonly { readonly type?: string; readonly percent?: number }[];
}

export interface WorkerPool {
  readonly terminalCondition?: { readonly state?: string; readonly message?: string };
  readonly template?: { readonly serviceAccount?: string };
  readonly scaling?: { readonly manualInstanceCount?: number };
}

export interface EventarcTriggerBody {
  readonly eventFilters?: readonly { attribute: string; value: string; operator?: string }[];
  readonly serviceAccount?: string;
  readonly eventDataContentType?: string;
  readonly destination?: { readonly cloudRun?: { readonly service?: string; readonly region?: string } };
  readonly transport?: { readonly pubsub?: { readonly topic?: string; readonly subscription?: string } };
  readonly conditions?: Readonly<Record<string, { readonly code?: string; readonly message?: string }>>;
}

export interface Subscription {
  readonly topic: string;
  readonly detached?: boolean;
  readonly state?: string;
  readonly ackDeadlineSeconds?: number;
  readonly pushConfig?: {
    readonly pushEndpoint?: string;
    readonly oidcToken?: { readonly serviceAccountEmail?: string };
  };
  readonly deadLetterPolicy?: { readonly deadLetterTopic?: string; readonly maxDeliveryAttempts?: number };
  readonly enableMessageOrdering?: boolean;
  readonly retryPolicy?: { readonly minimumBackoff?: string; readonly maximumBackoff?: string };
}

export interface Bucket {
  readonly location: string;
  readonly iamConfiguration?: {
    readonly publicAccessPrevention?: string;
    readonly uniformBucketLevelAccess?: { readonly enabled?: boolean };
  };
}

export interface Dataset {
  readonly access?: readonly { readonly role?: string; readonly userByEmail?: string }[];
}

export interface Index {
  readonly name: string;
  readonly queryScope?: string;
  readonly fields?: readonly { readonly fieldPath: string; readonly order?: string }[];
  readonly state?: string;
}

export interface Field {
  readonly name: string;
  readonly indexConfig?: { readonly indexes?: readonly unknown[]; readonly usesAncestorConfig?: boolean };
  readonly ttlConfig?: { readonly state?: string };
}

export interface Job {
  readonly schedule?: string;
  readonly timeZone?: string;
  readonly state?: string;
  readonly attemptDeadline?: string;
  readonly httpTarget?: {
    readonly uri?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly oidcToken?: OidcToken;
  };
}

export interface Queue {
  readonly state?: string;
  readonly httpTarget?: {
    readonly uriOverride?: { readonly scheme?: string; readonly host?: string };
    readonly oidcToken?: OidcToken;
  };
}

export interface OidcToken {
  readonly serviceAccountEmail?: string;
  readonly audience?: string;
}
