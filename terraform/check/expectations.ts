import { WORKER_RETENTION_SECONDS } from '../../eventarc/catalogue.ts';
import { datasetsOf } from '../../eventarc/datasets.ts';
import { stepAccount, triggerAccount, triggerLocation, workerSubscription } from '../../eventarc/names.ts';
import { calledSteps } from '../../eventarc/steps.ts';
import type {
  EventarcTrigger,
  Retry,
  ScheduleTrigger,
  Step,
  TaskTrigger,
  Topic,
  WorkerTrigger,
} from '../../eventarc/wiring.ts';
import { type Fields, PROJECT_NUMBER } from './applied.ts';
import type { Deployment } from './deployment.ts';

/** Fields that a resource must have; `undefined` where it must have none. What is not named is free. */
export interface Expectation {
  readonly type: string;
  readonly name: string;
  readonly fields: Fields;
  /** Arguments that must be left alone once the resource is there; free unless said. */
  readonly ignored?: readonly string[];
}

type Place = Pick<Deployment, 'project' | 'region' | 'databaseLocation'>;

/** What the wiring asks of terraform/, worked out without a look at Terraform's files. */
export function expectedMain(place: Deployment): Expectation[] {
  const { wiring } = place;
  const http = new Set(wiring.triggers.flatMap(trigger => (trigger.kind === 'http' ? [trigger.step] : [])));
  return [
    rulesRelease(place),
    ...wiring.topics.map(topicOf),
    ...datasetsOf(wiring).map(name => datasetOf(name, place)),
    ...calledSteps(wiring).map(step => functionOf(step, http.has(step.name), place)),
    ...wiring.triggers.flatMap(trigger => {
      if (trigger.kind === 'eventarc') return [triggerOf(trigger, place)];
      if (trigger.kind === 'schedule') return [jobOf(trigger, place)];
      if (trigger.kind === 'worker') return workerOf(trigger, place);
      return trigger.kind === 'task' ? [queueOf(trigger, place)] : [];
    }),
  ];
}

/** By this name the rules are those of the default database. */
const rulesRelease = ({ project }: Place): Expectation => ({
  type: 'google_firebaserules_release',
  name: 'cloud.firestore',
  fields: { ruleset_name: `projects/${project}/rulesets/made` },
});

/** What the wiring asks of terraform/delivery/. */
export function expectedDelivery(place: Deployment): Expectation[] {
  const { wiring, project } = place;
  return wiring.triggers.flatMap(trigger => {
    if (trigger.kind !== 'eventarc') return [];
    const name = `eventarc-${locationOf(trigger, place)}-${trigger.name}-sub-000`;
    const subscription: Expectation = {
      type: 'google_pubsub_subscription',
      name,
      fields: {
        ack_deadline_seconds: 600,
        ...retried(trigger.retry, project),
      },
    };
    const acknowledges: Expectation = {
      type: 'google_pubsub_subscription_iam_member',
      name,
      fields: {
        role: 'roles/pubsub.subscriber',
        member: `serviceAccount:service-${PROJECT_NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com`,
      },
    };
    return trigger.retry.deadLetterTopic === undefined ? [subscription] : [subscription, acknowledges];
  });
}

/** The fields of a subscription that say how often and how far apart it delivers. */
function retried(
  { attempts, minimumBackoff, maximumBackoff, deadLetterTopic }: Retry,
  project: string,
): Fields {
  return {
    retry_policy: [{ minimum_backoff: `${minimumBackoff}s`, maximum_backoff: `${maximumBackoff}s` }],
    dead_letter_policy: deadLetterTopic && [
      {
        dead_letter_topic: `projects/${project}/topics/${deadLetterTopic}`,
        max_delivery_attempts: attempts,
      },
    ],
  };
}

/** The subscription and the worker pool of a trigger that is pulled. */
function workerOf(trigger: WorkerTrigger, { wiring, project, region }: Deployment): Expectation[] {
  const step = wiring.steps.find(({ name }) => name === trigger.step)!;
  const name = workerSubscription(trigger.name);
  const topic = `projects/${project}/topics/${trigger.topic}`;
  const environment = { ...step.environment, GOOGLE_CLOUD_PROJECT: project, GOOGLE_CLOUD_LOCATION: region };
  return [
    {
      type: 'google_pubsub_subscription',
      name,
      fields: {
        topic,
        push_config: undefined,
        ack_deadline_seconds: 30,
        message_retention_duration: `${WORKER_RETENTION_SECONDS}s`,
        enable_message_ordering: trigger.ordered,
        expiration_policy: [{ ttl: '' }],
        ...retried(trigger.retry, project),
      },
    },
    {
      type: 'google_cloud_run_v2_worker_pool',
      name: trigger.name,
      fields: {
        location: region,
        scaling: [{ manual_instance_count: Math.max(1, step.instances.min) }],
        template: [
          {
            service_account: stepAccount(step.name, project),
            containers: [
              {
                args: [
                  `${step.name}.cjs`,
                  `--subscription=projects/${project}/subscriptions/${name}`,
                  `--topic=${topic}`,
                  `--mode=${trigger.by}`,
                  `--concurrency=${step.concurrency}`,
                  `--timeout=${step.timeout}`,
                  '--health=8080',
                  ...(trigger.ordered ? ['--ordered'] : []),
                ],
                env: Object.entries(environment)
                  .sort(([a], [b]) => (a < b ? -1 : 1))
                  .map(([variable, value]) => ({ name: variable, value })),
                liveness_probe: [{ http_get: [{ path: '/healthz', port: 8080 }] }],
              },
            ],
          },
        ],
      },
    },
  ];
}

function topicOf({ name, retention }: Topic): Expectation {
  const kept = retention === 0 ? undefined : `${retention}s`;
  return { type: 'google_pubsub_topic', name, fields: { message_retention_duration: kept } };
}

const datasetOf = (name: string, { region }: Place): Expectation => ({
  type: 'google_bigquery_dataset',
  name,
  fields: { location: region, delete_contents_on_destroy: false },
});

function functionOf(step: Step, http: boolean, { project, region }: Place): Expectation {
  const size = step.memory % 1024 === 0 ? `${step.memory / 1024}Gi` : `${step.memory}Mi`;
  return {
    type: 'google_cloudfunctions2_function',
    name: step.name,
    fields: {
      location: region,
      event_trigger: undefined,
      build_config: [{ entry_point: step.name }],
      service_config: [
        {
          ingress_settings: http ? 'ALLOW_ALL' : 'ALLOW_INTERNAL_ONLY',
          service_account_email: stepAccount(step.name, project),
          available_memory: size,
          timeout_seconds: step.timeout,
          max_instance_request_concurrency: step.concurrency,
          min_instance_count: step.instances.min,
          max_instance_count: step.instances.max,
          environment_variables: {
            ...step.environment,
            GOOGLE_CLOUD_PROJECT: project,
            GOOGLE_CLOUD_LOCATION: region,
          },
        },
      ],
    },
  };
}

const isFirestore = ({ event }: EventarcTrigger): boolean => event.startsWith('google.cloud.firestore.');

const locationOf = (trigger: EventarcTrigger, { region, databaseLocation }: Place): string =>
  triggerLocation(trigger, region, databaseLocation);

function triggerOf(trigger: EventarcTrigger, place: Place): Expectation {
  const { project, region } = place;
  const filters = trigger.where.map(({ attribute, value, operator }) => ({
    attribute,
    value: attribute === 'bucket' ? `${project}-${value}` : value,
    operator: operator === 'exact' ? undefined : operator,
  }));
  return {
    type: 'google_eventarc_trigger',
    name: trigger.name,
    fields: {
      location: locationOf(trigger, place),
      service_account: triggerAccount(trigger.name, project),
      event_data_content_type: isFirestore(trigger) ? 'application/protobuf' : 'application/json',
      matching_criteria: [{ attribute: 'type', value: trigger.event, operator: undefined }, ...filters],
      destination: [{ cloud_run_service: [{ service: trigger.step, region }] }],
      transport: trigger.topic && [{ pubsub: [{ topic: `projects/${project}/topics/${trigger.topic}` }] }],
    },
  };
}

const uriOf = (step: string, { region }: Place): string =>
  `https://${step}-${PROJECT_NUMBER}.${region}.run.app`;

function jobOf({ name, step, schedule, timeZone }: ScheduleTrigger, place: Place): Expectation {
  const uri = uriOf(step, place);
  const headers = {
    'Content-Type': 'application/json',
    'ce-id': name,
    'ce-source': `//cloudscheduler.googleapis.com/projects/${place.project}/locations/${place.region}/jobs/${name}`,
    'ce-specversion': '1.0',
    'ce-type': 'google.cloud.scheduler.job.v1.executed',
  };
  const oidc = { service_account_email: triggerAccount(name, place.project), audience: uri };
  return {
    type: 'google_cloud_scheduler_job',
    name,
    fields: {
      schedule,
      time_zone: timeZone,
      http_target: [{ uri, http_method: 'POST', headers, body: 'e30=', oidc_token: [oidc] }],
    },
  };
}

function queueOf({ name, step, queue }: TaskTrigger, place: Place): Expectation {
  const uri = uriOf(step, place);
  const oidc = { service_account_email: triggerAccount(name, place.project), audience: uri };
  const uriOverride = { scheme: 'HTTPS', host: uri.slice('https://'.length) };
  return {
    type: 'google_cloud_tasks_queue',
    name: queue,
    fields: { http_target: [{ http_method: 'POST', uri_override: [uriOverride], oidc_token: [oidc] }] },
  };
}
