/** What the wiring's YAML says once it is checked: plain data, read by the local suite, the tests and the diagrams. */
export interface Wiring {
  readonly triggers: readonly Trigger[];
  readonly topics: readonly Topic[];
  readonly steps: readonly Step[];
}

export type Trigger = EventarcTrigger | WorkerTrigger | ScheduleTrigger | HttpTrigger | TaskTrigger;

interface TriggerBase {
  /** Unique; part of the cloud's resource names. */
  readonly name: string;
  /** Folder under functions/. */
  readonly step: string;
}

export interface EventarcTrigger extends TriggerBase {
  readonly kind: 'eventarc';
  /** The CloudEvent type, e.g. google.cloud.pubsub.topic.v1.messagePublished. */
  readonly event: string;
  /** For Pub/Sub: the topic's logical name. */
  readonly topic?: string;
  /** Filters on CloudEvent attributes other than the type; bucket names are logical. */
  readonly where: readonly Filter[];
  readonly retry: Retry;
}

/** Messages of a topic that a worker pulls, rather than that Eventarc pushes them. */
export interface WorkerTrigger extends TriggerBase {
  readonly kind: 'worker';
  readonly by: 'pull' | 'streaming-pull';
  /** Logical name. */
  readonly topic: string;
  /** Whether messages of one ordering key come one after the other. */
  readonly ordered: boolean;
  readonly retry: Retry;
}

export interface Filter {
  readonly attribute: string;
  readonly value: string;
  /** Path patterns only where Eventarc takes them. */
  readonly operator: 'exact' | 'match-path-pattern';
}

export interface Retry {
  /** Deliveries before the dead letter: 5 to 100. */
  readonly attempts: number;
  /** Seconds: 10 to 600 each. */
  readonly minimumBackoff: number;
  readonly maximumBackoff: number;
  /** Logical topic name; undefined for the trigger that reads the dead letters themselves. */
  readonly deadLetterTopic?: string;
}

export interface ScheduleTrigger extends TriggerBase {
  readonly kind: 'schedule';
  /** Unix cron, five fields. */
  readonly schedule: string;
  /** IANA name. */
  readonly timeZone: string;
}

export interface HttpTrigger extends TriggerBase {
  readonly kind: 'http';
}

export interface TaskTrigger extends TriggerBase {
  readonly kind: 'task';
  readonly queue: string;
}

export interface Topic {
  /** Logical name, e.g. events-raw; in the cloud and locally projects/P/topics/NAME. */
  readonly name: string;
  readonly description: string;
  /** Seconds the topic itself keeps messages; 0 for not at all. */
  readonly retention: number;
  /** Pipelines may send events here by their routes. */
  readonly routed?: true;
  /** Who reads the topic outside this repository's triggers; without it a topic that wakes no step is an error. */
  readonly readBy?: string;
}

/** function.yaml: what a step needs to run and what it promises. */
export interface Step {
  readonly name: string;
  readonly description: string;
  /** MiB. */
  readonly memory: number;
  /** Seconds: at most 540 for events, 3600 for http. */
  readonly timeout: number;
  /** Requests at once in one instance. */
  readonly concurrency: number;
  readonly instances: { readonly min: number; readonly max: number };
  readonly roles: readonly Role[];
  /** Logical names of the topics the step publishes to. */
  readonly publishes: readonly string[];
  /** Patterns of the document paths the step writes, e.g. alerts/{alert}. */
  readonly writes: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly guarantees: Guarantees;
}

/** One IAM role on one kind of resource: `on` names the project, the step's own account, a bucket, a dataset or a topic. */
export interface Role {
  readonly role: string;
  readonly on: 'project' | 'self' | `bucket:${string}` | `dataset:${string}` | `topic:${string}`;
}

export interface Guarantees {
  /** What makes two deliveries the same. */
  readonly identity: Guarantee;
  /** How long a repetition is recognised. */
  readonly horizon: Guarantee;
  readonly ordering: Guarantee;
  /** What a further attempt does; how many there are, the triggers say. */
  readonly retry: Guarantee;
  /** When anything can be lost; 'never' is allowed only with the reason. */
  readonly loss: Guarantee;
}

export interface Guarantee {
  readonly says: string;
  /** Names of the tests that show it, as they stand in the source, by file from the repository's root. */
  readonly shownBy: Readonly<Record<string, readonly string[]>>;
}
