import { describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import { type Examination, examine } from './examine.ts';
import { CHECKOUT, FakeGoogle, type Json, PROJECT } from './testing.ts';

const look = (google: FakeGoogle, region?: string): Promise<Examination> =>
  examine(CHECKOUT, PROJECT, region, createClient({ fetch: google.fetch, headers: async () => ({}) }));

/** What a run finds after something in a healthy project was changed. */
async function findingsAfter(change: (google: FakeGoogle) => void): Promise<string[][]> {
  const google = new FakeGoogle();
  change(google);
  const { findings } = await look(google);
  return findings.map(({ severity, place, what, expected, mend }) => [
    severity,
    `${place}: ${what}`,
    expected,
    mend,
  ]);
}

const set = (ending: string, changes: object) => (google: FakeGoogle) =>
  void Object.assign(google.at(ending), changes);
const gone = (ending: string) => (google: FakeGoogle) => google.remove(ending);

/** Takes a member out of a policy, or puts one in. */
const revoke = (ending: string, role: string, member: string) => (google: FakeGoogle) => {
  const binding = (google.at(ending)['bindings'] as Json).find(each => String(each['role']) === role)!;
  const members = binding['members'] as unknown as string[];
  members.splice(
    members.findIndex(one => one.includes(member)),
    1,
  );
};
const grant = (ending: string, role: string, member: string) => (google: FakeGoogle) => {
  const policy = google.at(ending) as unknown as { bindings: object[] };
  policy.bindings.push({ role, members: [member] });
};

const APPLY = 'terraform -chdir=terraform apply';
const BUILD = `npm run build && ${APPLY}`;
const DELIVER =
  'terraform -chdir=terraform output -json > dist/outputs.json && terraform -chdir=terraform/delivery apply';
const replace = (trigger: string): string =>
  `${APPLY} -replace='module.trigger["${trigger}"].google_eventarc_trigger.this' && ${DELIVER}`;
const AGENT = 'service-123456789012';
const at = (account: string): string => `${account}@my-project.iam.gserviceaccount.com`;
const RUN = '--region=europe-west4 --project=my-project';

const POLICY = `projects/${PROJECT}:getIamPolicy`;
const COUNT = 'subscriptions/eventarc-europe-west4-count-on-events-sub-123';
const PULLED = 'subscriptions/millrace-worker-count-by-worker';
const ON_PULLED = 'subscription of the trigger count-by-worker';
const POOL = 'workerPools/count-by-worker';
const ON_POOL = 'worker pool of the trigger count-by-worker';
const KEEP = 'subscriptions/eventarc-europe-west4-keep-on-dead-letters-sub-123';
const ON_COUNT = 'subscription of the trigger count-on-events';

type Row = [string, (google: FakeGoogle) => void, string, string, string, string];

const MUTATIONS: readonly Row[] = [
  // Workers
  [
    'a subscription that workers pull from and that is not there',
    gone(PULLED),
    'error',
    `${ON_PULLED}: it is not there: its messages wait nowhere and are lost`,
    'a subscription',
    APPLY,
  ],
  [
    'a subscription of workers that is pushed',
    set(PULLED, { pushConfig: { pushEndpoint: 'https://somewhere.example' } }),
    'error',
    `${ON_PULLED}: push endpoint is set: Pub/Sub refuses those who pull`,
    'none',
    APPLY,
  ],
  [
    'a subscription of workers that keeps an order nobody asked for',
    set(PULLED, { enableMessageOrdering: true }),
    'error',
    `${ON_PULLED}: order of keys is kept: messages of one key come in another order than declared`,
    'not kept',
    APPLY,
  ],
  [
    'a subscription of workers on another topic',
    set(PULLED, { topic: 'projects/my-project/topics/dead-letters' }),
    'error',
    `${ON_PULLED}: topic is projects/my-project/topics/dead-letters: its workers get other messages than declared, or none`,
    'projects/my-project/topics/events',
    APPLY,
  ],
  [
    'a subscription of workers without a dead letter',
    set(PULLED, { deadLetterPolicy: undefined }),
    'error',
    `${ON_PULLED}: it has no dead letter: what fails for 24 hours is dropped in silence`,
    'projects/my-project/topics/dead-letters after 10 attempts',
    APPLY,
  ],
  [
    'a worker that may not pull',
    revoke(`${PULLED}:getIamPolicy`, 'roles/pubsub.subscriber', 'step-count'),
    'error',
    `account ${at('step-count')}: it lacks roles/pubsub.subscriber on subscription millrace-worker-count-by-worker: Pub/Sub refuses its workers, and its messages wait`,
    'roles/pubsub.subscriber on subscription millrace-worker-count-by-worker',
    APPLY,
  ],
  [
    'an agent that cannot take dead letters from workers',
    revoke(`${PULLED}:getIamPolicy`, 'roles/pubsub.subscriber', 'gcp-sa-pubsub'),
    'error',
    `account ${AGENT}@gcp-sa-pubsub.iam.gserviceaccount.com: it lacks roles/pubsub.subscriber on subscription millrace-worker-count-by-worker: Pub/Sub cannot take a dead letter out of the subscription, so that it moves none`,
    'roles/pubsub.subscriber on subscription millrace-worker-count-by-worker',
    APPLY,
  ],
  [
    'a worker pool that is not there',
    gone(POOL),
    'error',
    `${ON_POOL}: it is not there: nobody pulls its messages`,
    'a worker pool',
    APPLY,
  ],
  [
    'a worker pool that does not start',
    set(POOL, { terminalCondition: { state: 'CONDITION_FAILED', message: 'The image was not found.' } }),
    'error',
    `${ON_POOL}: state is CONDITION_FAILED: The image was not found.`,
    'CONDITION_SUCCEEDED',
    APPLY,
  ],
  [
    'a worker pool of another account',
    set(POOL, { template: { serviceAccount: at('default') } }),
    'error',
    `${ON_POOL}: service account is ${at('default')}: its workers have not the roles of function.yaml`,
    at('step-count'),
    `gcloud run worker-pools update count-by-worker ${RUN} --service-account=${at('step-count')}`,
  ],
  [
    'a worker pool without an instance',
    set(POOL, { scaling: {} }),
    'error',
    `${ON_POOL}: number of instances is none: nobody pulls its messages`,
    'some',
    `gcloud run worker-pools update count-by-worker ${RUN} --instances=1`,
  ],
  // Services and accounts
  [
    'a service that is not enabled',
    google => {
      const services = google.at(`${PROJECT}/services`)['services'] as Json;
      services.splice(
        services.findIndex(one => String(one['name']).endsWith('eventarc.googleapis.com')),
        1,
      );
    },
    'error',
    'service eventarc.googleapis.com: it is not enabled: nothing that needs it works, and nothing of it could be checked',
    'enabled',
    'gcloud services enable eventarc.googleapis.com --project=my-project',
  ],
  [
    'a service that only its own API reports as disabled',
    google =>
      google.refuse(/cloudtasks/, 403, {
        message: 'Cloud Tasks API has not been used in project 123456789012 before or it is disabled.',
        details: [{ reason: 'SERVICE_DISABLED', metadata: { service: 'cloudtasks.googleapis.com' } }],
      }),
    'error',
    'service cloudtasks.googleapis.com: it is not enabled: nothing that needs it works, and nothing of it could be checked',
    'enabled',
    'gcloud services enable cloudtasks.googleapis.com --project=my-project',
  ],
  [
    'an account that is not there',
    google => void (google.at('/serviceAccounts')['accounts'] as Json).shift(),
    'error',
    `account ${at('step-take')}: it is not there: step take works as nobody`,
    'an account for the step take alone',
    APPLY,
  ],
  [
    'an account that is disabled',
    google => void Object.assign((google.at('/serviceAccounts')['accounts'] as Json)[1]!, { disabled: true }),
    'error',
    `account ${at('step-count')}: it is disabled: step count can do nothing`,
    'enabled',
    `gcloud iam service-accounts enable ${at('step-count')} --project=my-project`,
  ],
  // Grants
  [
    'a Storage agent that may not publish',
    revoke(POLICY, 'roles/pubsub.publisher', 'gs-project-accounts'),
    'error',
    `account ${AGENT}@gs-project-accounts.iam.gserviceaccount.com: it lacks roles/pubsub.publisher on the project: Storage cannot tell of uploads: no event leaves a bucket`,
    'roles/pubsub.publisher on the project',
    APPLY,
  ],
  [
    'an Eventarc agent without its role',
    revoke(POLICY, 'roles/eventarc.serviceAgent', 'gcp-sa-eventarc'),
    'error',
    `account ${AGENT}@gcp-sa-eventarc.iam.gserviceaccount.com: it lacks roles/eventarc.serviceAgent on the project: Eventarc cannot make or keep triggers`,
    'roles/eventarc.serviceAgent on the project',
    APPLY,
  ],
  [
    'a Pub/Sub agent that cannot make tokens',
    revoke(POLICY, 'roles/pubsub.serviceAgent', 'gcp-sa-pubsub'),
    'error',
    `account ${AGENT}@gcp-sa-pubsub.iam.gserviceaccount.com: it lacks roles/iam.serviceAccountTokenCreator or roles/pubsub.serviceAgent on the project: Pub/Sub cannot prove to a step who calls: every push is refused`,
    'roles/iam.serviceAccountTokenCreator on the project',
    `gcloud projects add-iam-policy-binding my-project --member=serviceAccount:${AGENT}@gcp-sa-pubsub.iam.gserviceaccount.com --role=roles/iam.serviceAccountTokenCreator --condition=None`,
  ],
  [
    'a Scheduler agent without its role',
    revoke(POLICY, 'roles/cloudscheduler.serviceAgent', 'gcp-sa-cloudscheduler'),
    'error',
    `account ${AGENT}@gcp-sa-cloudscheduler.iam.gserviceaccount.com: it lacks roles/cloudscheduler.serviceAgent on the project: Cloud Scheduler cannot prove to a step who calls: every run is refused`,
    'roles/cloudscheduler.serviceAgent on the project',
    `gcloud projects add-iam-policy-binding my-project --member=serviceAccount:${AGENT}@gcp-sa-cloudscheduler.iam.gserviceaccount.com --role=roles/cloudscheduler.serviceAgent --condition=None`,
  ],
  [
    'a Tasks agent without its role',
    revoke(POLICY, 'roles/cloudtasks.serviceAgent', 'gcp-sa-cloudtasks'),
    'error',
    `account ${AGENT}@gcp-sa-cloudtasks.iam.gserviceaccount.com: it lacks roles/cloudtasks.serviceAgent on the project: Cloud Tasks cannot prove to a step who calls: every task is refused`,
    'roles/cloudtasks.serviceAgent on the project',
    `gcloud projects add-iam-policy-binding my-project --member=serviceAccount:${AGENT}@gcp-sa-cloudtasks.iam.gserviceaccount.com --role=roles/cloudtasks.serviceAgent --condition=None`,
  ],
  [
    'a Pub/Sub agent that may not write dead letters',
    revoke('topics/dead-letters:getIamPolicy', 'roles/pubsub.publisher', 'gcp-sa-pubsub'),
    'error',
    `account ${AGENT}@gcp-sa-pubsub.iam.gserviceaccount.com: it lacks roles/pubsub.publisher on topic dead-letters: Pub/Sub cannot write dead letters: a message that spent its attempts is tried on and then dropped`,
    'roles/pubsub.publisher on topic dead-letters',
    APPLY,
  ],
  [
    'a Pub/Sub agent that may not take dead letters out of a subscription',
    revoke(`${COUNT}:getIamPolicy`, 'roles/pubsub.subscriber', 'gcp-sa-pubsub'),
    'error',
    `account ${AGENT}@gcp-sa-pubsub.iam.gserviceaccount.com: it lacks roles/pubsub.subscriber on subscription eventarc-europe-west4-count-on-events-sub-123: Pub/Sub cannot take a dead letter out of the subscription, so that it moves none`,
    'roles/pubsub.subscriber on subscription eventarc-europe-west4-count-on-events-sub-123',
    DELIVER,
  ],
  [
    'an invoker that is gone',
    revoke('services/count:getIamPolicy', 'roles/run.invoker', 'trigger-count-on-events'),
    'error',
    `account ${at('trigger-count-on-events')}: it lacks roles/run.invoker on service count: every call to the step is refused with 403`,
    'roles/run.invoker on service count',
    APPLY,
  ],
  [
    'an invoker that is bound under a condition only',
    google => {
      const [binding] = google.at('services/count:getIamPolicy')['bindings'] as Json;
      Object.assign(binding!, {
        condition: { expression: 'request.time < timestamp("2026-01-01T00:00:00Z")' },
      });
    },
    'error',
    `account ${at('trigger-count-on-events')}: it lacks roles/run.invoker on service count: every call to the step is refused with 403`,
    'roles/run.invoker on service count',
    APPLY,
  ],
  [
    'a trigger that may receive no events',
    revoke(POLICY, 'roles/eventarc.eventReceiver', 'trigger-tell-on-alert'),
    'error',
    `account ${at('trigger-tell-on-alert')}: it lacks roles/eventarc.eventReceiver on the project: Eventarc delivers it no events`,
    'roles/eventarc.eventReceiver on the project',
    APPLY,
  ],
  [
    'a step that may not read its bucket',
    revoke('my-project-uploads/iam', 'roles/storage.objectViewer', 'step-take'),
    'error',
    `account ${at('step-take')}: it lacks roles/storage.objectViewer on bucket my-project-uploads: the step fails on every event that needs it`,
    'roles/storage.objectViewer on bucket my-project-uploads',
    APPLY,
  ],
  [
    'a role that was widened',
    grant(POLICY, 'roles/editor', `serviceAccount:${at('step-take')}`),
    'warning',
    `account ${at('step-take')}: roles/editor on the project is granted to serviceAccount:${at('step-take')}: it may do more than its function.yaml says`,
    'no grant that nothing in the wiring asks for',
    `gcloud projects remove-iam-policy-binding my-project --member=serviceAccount:${at('step-take')} --role=roles/editor`,
  ],
  [
    'a private step that everybody may call',
    grant('services/tell:getIamPolicy', 'roles/run.invoker', 'allUsers'),
    'warning',
    'service tell: roles/run.invoker on service tell is granted to allUsers: allUsers may call the step tell past its triggers',
    'no grant that nothing in the wiring asks for',
    `gcloud run services remove-iam-policy-binding tell ${RUN} --member=allUsers --role=roles/run.invoker`,
  ],
  [
    'somebody who may call every step',
    grant(POLICY, 'roles/run.invoker', 'user:somebody@example.com'),
    'warning',
    'the project: roles/run.invoker on the project is granted to user:somebody@example.com: user:somebody@example.com may call every step past its triggers',
    'no grant that nothing in the wiring asks for',
    'gcloud projects remove-iam-policy-binding my-project --member=user:somebody@example.com --role=roles/run.invoker',
  ],
  // Triggers
  [
    'a trigger that is not there',
    gone('triggers/take-on-upload'),
    'error',
    'trigger take-on-upload: it is not there in europe-west4: its events wake nothing',
    'a trigger',
    `${APPLY} && ${DELIVER}`,
  ],
  [
    'a trigger on documents that is not where the database wants it',
    gone('triggers/tell-on-alert'),
    'error',
    'trigger tell-on-alert: it is not there in us-central1: its events wake nothing',
    'a trigger',
    `${APPLY} && ${DELIVER}`,
  ],
  [
    'a trigger that Eventarc itself complains of',
    set('triggers/take-on-upload', {
      conditions: { Ready: { code: 'NOT_FOUND', message: 'Service is gone.' } },
    }),
    'error',
    'trigger take-on-upload: Eventarc says that it does not work: Ready (NOT_FOUND) Service is gone.',
    'no condition',
    replace('take-on-upload'),
  ],
  [
    'a path pattern without its operator',
    google => {
      const [filter] = google.at('triggers/tell-on-alert')['eventFilters'] as Json;
      delete (filter as { operator?: unknown }).operator;
    },
    'error',
    'trigger tell-on-alert: its filter on document lacks the operator match-path-pattern: the pattern is taken by the letter, and the trigger never fires',
    'document = alerts/{alert} (match-path-pattern)',
    `${APPLY} && ${DELIVER}`,
  ],
  [
    'a filter with another value',
    google =>
      void Object.assign((google.at('triggers/take-on-upload')['eventFilters'] as Json)[1]!, {
        value: 'old',
      }),
    'error',
    'trigger take-on-upload: its filter on bucket is bucket = old: it wakes the step for other events than it should',
    'bucket = my-project-uploads',
    `${APPLY} && ${DELIVER}`,
  ],
  [
    'a filter that is missing',
    google => void (google.at('triggers/take-on-upload')['eventFilters'] as Json).pop(),
    'error',
    'trigger take-on-upload: its filter on bucket is not there: it wakes the step for other events than it should',
    'bucket = my-project-uploads',
    `${APPLY} && ${DELIVER}`,
  ],
  [
    'a filter too many',
    google =>
      void (google.at('triggers/tell-on-alert') as unknown as { eventFilters: object[] }).eventFilters.push({
        attribute: 'namespace',
        value: 'x',
      }),
    'error',
    'trigger tell-on-alert: it filters by namespace = x, which nothing asks for: other events are passed by',
    'no such filter',
    `${APPLY} && ${DELIVER}`,
  ],
  [
    'a trigger that calls another step',
    set('triggers/count-on-events', {
      destination: { cloudRun: { service: 'keep', region: 'europe-west4' } },
    }),
    'error',
    'trigger count-on-events: destination is keep in europe-west4: its events go elsewhere',
    'count in europe-west4',
    APPLY,
  ],
  [
    'a trigger that calls as somebody else',
    set('triggers/count-on-events', { serviceAccount: 'default@example.com' }),
    'error',
    'trigger count-on-events: service account is default@example.com: it calls the step as somebody who may not',
    at('trigger-count-on-events'),
    APPLY,
  ],
  [
    'documents that come as JSON',
    set('triggers/tell-on-alert', { eventDataContentType: 'application/json' }),
    'error',
    'trigger tell-on-alert: content type is application/json: the step cannot read the events',
    'application/protobuf',
    `${APPLY} && ${DELIVER}`,
  ],
  [
    'a trigger that reads another topic',
    google =>
      void Object.assign(google.at('triggers/count-on-events')['transport']!['pubsub']!, {
        topic: 'projects/my-project/topics/old',
      }),
    'error',
    'trigger count-on-events: topic is projects/my-project/topics/old: it reads other messages than it should',
    'projects/my-project/topics/events',
    `${APPLY} && ${DELIVER}`,
  ],
  [
    'a bucket whose notification was deleted',
    set('notificationConfigs', { items: [] }),
    'error',
    'trigger take-on-upload: the bucket my-project-uploads does not notify its topic: no upload wakes the step',
    'a notification to projects/my-project/topics/eventarc-europe-west4-take-on-upload-123',
    replace('take-on-upload'),
  ],
  // Subscriptions
  [
    'a subscription that is not there',
    gone(COUNT),
    'error',
    `${ON_COUNT}: it is not there: its events wait nowhere and are lost`,
    'the subscription that Eventarc made with the trigger',
    replace('count-on-events'),
  ],
  [
    'a subscription that is cut off from its topic',
    set(COUNT, { detached: true }),
    'error',
    `${ON_COUNT}: topic is gone: no event reaches the step any more`,
    'there',
    replace('count-on-events'),
  ],
  [
    'a subscription whose topic was deleted',
    set(COUNT, { topic: '_deleted_topic_' }),
    'error',
    `${ON_COUNT}: topic is gone: no event reaches the step any more`,
    'there',
    replace('count-on-events'),
  ],
  [
    'a subscription that reports an error',
    set(COUNT, { state: 'RESOURCE_ERROR' }),
    'error',
    `${ON_COUNT}: state is RESOURCE_ERROR: no event reaches the step any more`,
    'ACTIVE',
    replace('count-on-events'),
  ],
  [
    'a subscription that pushes nowhere',
    google => void Object.assign(google.at(COUNT)['pushConfig']!, { pushEndpoint: '' }),
    'error',
    `${ON_COUNT}: push endpoint is not set: nobody pulls from it`,
    'set',
    replace('count-on-events'),
  ],
  [
    'a subscription that pushes as somebody else',
    google => void Object.assign(google.at(COUNT)['pushConfig']!, { oidcToken: {} }),
    'error',
    `${ON_COUNT}: account of its pushes is not set: the step refuses its calls`,
    at('trigger-count-on-events'),
    replace('count-on-events'),
  ],
  [
    "Eventarc's own ack deadline",
    set(COUNT, { ackDeadlineSeconds: 10 }),
    'error',
    `${ON_COUNT}: ack deadline in seconds is 10: the step may take 60 s and is called again meanwhile, until its attempts are spent`,
    '600',
    DELIVER,
  ],
  [
    'an ack deadline that is long enough, but not as declared',
    set(COUNT, { ackDeadlineSeconds: 120 }),
    'warning',
    `${ON_COUNT}: ack deadline in seconds is 120: it is not as declared`,
    '600',
    DELIVER,
  ],
  [
    'no dead letter',
    set(COUNT, { deadLetterPolicy: undefined }),
    'error',
    `${ON_COUNT}: it has no dead letter: what fails for 24 hours is dropped in silence`,
    'projects/my-project/topics/dead-letters after 20 attempts',
    DELIVER,
  ],
  [
    'another dead-letter topic',
    google =>
      void Object.assign(google.at(COUNT)['deadLetterPolicy']!, {
        deadLetterTopic: 'projects/my-project/topics/bin',
      }),
    'error',
    `${ON_COUNT}: dead-letter topic is projects/my-project/topics/bin: no step reads what is given up`,
    'projects/my-project/topics/dead-letters',
    DELIVER,
  ],
  [
    'another number of attempts',
    google => void Object.assign(google.at(COUNT)['deadLetterPolicy']!, { maxDeliveryAttempts: 5 }),
    'warning',
    `${ON_COUNT}: number of attempts is 5: events are given up sooner or later than declared`,
    '20',
    DELIVER,
  ],
  [
    'a dead letter for dead letters',
    set(KEEP, { deadLetterPolicy: { deadLetterTopic: 'projects/my-project/topics/dead-letters' } }),
    'warning',
    'subscription of the trigger keep-on-dead-letters: dead letters that fail go to projects/my-project/topics/dead-letters: they go round for ever',
    'no dead letter, as it reads the dead letters itself',
    DELIVER,
  ],
  [
    'no backoff',
    set(COUNT, { retryPolicy: undefined }),
    'warning',
    `${ON_COUNT}: backoff is not set: failed events come again at once, and their attempts are spent within seconds`,
    '20 s to 600 s',
    DELIVER,
  ],
  [
    'another backoff',
    google => void Object.assign(google.at(COUNT)['retryPolicy']!, { minimumBackoff: '10s' }),
    'warning',
    `${ON_COUNT}: backoff is 10 s to 600 s: attempts are not as far apart as declared`,
    '20 s to 600 s',
    DELIVER,
  ],
  // Schedules and queues
  [
    'a job that is not there',
    gone('jobs/sweep-every-minute'),
    'error',
    'schedule sweep-every-minute: there is no job: the step sweep never runs',
    'a job',
    APPLY,
  ],
  [
    'a job that is paused',
    set('jobs/sweep-every-minute', { state: 'PAUSED' }),
    'error',
    'schedule sweep-every-minute: state is PAUSED: the step sweep does not run',
    'ENABLED',
    'gcloud scheduler jobs resume sweep-every-minute --location=europe-west4 --project=my-project',
  ],
  [
    'a job at other times',
    set('jobs/sweep-every-minute', { schedule: '0 * * * *' }),
    'error',
    'schedule sweep-every-minute: schedule is 0 * * * * (Etc/UTC): the step runs at other times',
    '* * * * * (Etc/UTC)',
    APPLY,
  ],
  [
    'a job that calls another address',
    google =>
      void Object.assign(google.at('jobs/sweep-every-minute')['httpTarget']!, { uri: 'https://old.run.app' }),
    'error',
    'schedule sweep-every-minute: address is https://old.run.app: it does not call sweep',
    'https://sweep-abcdefghij-ez.a.run.app',
    APPLY,
  ],
  [
    'a job whose token is for another address',
    google =>
      void Object.assign(google.at('jobs/sweep-every-minute')['httpTarget']!['oidcToken']!, {
        audience: 'https://old.run.app',
      }),
    'error',
    'schedule sweep-every-minute: audience of its token is https://old.run.app: the step refuses its calls',
    'https://sweep-abcdefghij-ez.a.run.app',
    APPLY,
  ],
  [
    'a job that calls as somebody else',
    google =>
      void Object.assign(google.at('jobs/sweep-every-minute')['httpTarget']!['oidcToken']!, {
        serviceAccountEmail: 'x@example.com',
      }),
    'error',
    'schedule sweep-every-minute: service account is x@example.com: the step refuses its calls',
    at('trigger-sweep-every-minute'),
    APPLY,
  ],
  [
    'a job without the headers of an event',
    google => void Object.assign(google.at('jobs/sweep-every-minute')['httpTarget']!, { headers: {} }),
    'error',
    'schedule sweep-every-minute: header ce-type is not set: the step does not take its calls for events',
    'google.cloud.scheduler.job.v1.executed',
    APPLY,
  ],
  [
    'a job that waits for less than the step may take',
    set('jobs/sweep-every-minute', { attemptDeadline: undefined }),
    'warning',
    'schedule sweep-every-minute: it waits 180 s for a step that may take 300 s, and takes a long run for a failed one',
    '300 s',
    APPLY,
  ],
  [
    'a queue that is not there',
    gone('queues/mails'),
    'error',
    'queue mails: it is not there: nothing wakes the step mail',
    'a queue',
    APPLY,
  ],
  [
    'a queue that is paused',
    set('queues/mails', { state: 'PAUSED' }),
    'error',
    'queue mails: state is PAUSED: its tasks wait and do not wake mail',
    'RUNNING',
    'gcloud tasks queues resume mails --location=europe-west4 --project=my-project',
  ],
  [
    'a queue whose tasks go elsewhere',
    google =>
      void Object.assign(google.at('queues/mails')['httpTarget']!['uriOverride']!, { host: 'old.run.app' }),
    'error',
    'queue mails: address is https://old.run.app: it does not call mail',
    'https://mail-abcdefghij-ez.a.run.app',
    APPLY,
  ],
  [
    'a queue that calls as somebody else',
    google =>
      void Object.assign(google.at('queues/mails')['httpTarget']!['oidcToken']!, {
        serviceAccountEmail: 'x@example.com',
      }),
    'error',
    'queue mails: service account is x@example.com: the step refuses its calls',
    at('trigger-mail-on-task'),
    APPLY,
  ],
  // Steps
  [
    'a step that is not there',
    gone('services/count'),
    'error',
    'step count: there is no Cloud Run service count in europe-west4: what wakes the step calls nothing',
    'a service',
    BUILD,
  ],
  [
    'a step that does not start',
    set('services/count', {
      terminalCondition: { state: 'CONDITION_FAILED', message: 'It did not listen on 8080.' },
    }),
    'error',
    'step count: its service is not ready (CONDITION_FAILED): It did not listen on 8080.',
    'ready',
    BUILD,
  ],
  [
    'a private step that the internet reaches',
    set('services/count', { ingress: 'INGRESS_TRAFFIC_ALL' }),
    'warning',
    'step count: ingress is INGRESS_TRAFFIC_ALL: requests from the internet reach the step',
    'INGRESS_TRAFFIC_INTERNAL_ONLY',
    `gcloud run services update count ${RUN} --ingress=internal`,
  ],
  [
    'a step for HTTP requests that they do not reach',
    set('services/hook', { ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY' }),
    'error',
    'step hook: ingress is INGRESS_TRAFFIC_INTERNAL_ONLY: what should wake the step does not reach it',
    'INGRESS_TRAFFIC_ALL',
    `gcloud run services update hook ${RUN} --ingress=all`,
  ],
  [
    'a step that runs as somebody else',
    google =>
      void Object.assign(google.at('services/count')['template']!, { serviceAccount: 'x@example.com' }),
    'error',
    'step count: service account is x@example.com: the step has not the roles of its function.yaml',
    at('step-count'),
    `gcloud run services update count ${RUN} --service-account=${at('step-count')}`,
  ],
  [
    'a step that is cut off too early',
    google => void Object.assign(google.at('services/take')['template']!, { timeout: '60s' }),
    'error',
    'step take: timeout is 60: the step is not cut off where its function.yaml says, in seconds',
    '540',
    `gcloud run services update take ${RUN} --timeout=540s`,
  ],
  [
    'a step that may take longer',
    google => void Object.assign(google.at('services/tell')['template']!, { timeout: '300s' }),
    'warning',
    'step tell: timeout is 300: the step is not cut off where its function.yaml says, in seconds',
    '60',
    `gcloud run services update tell ${RUN} --timeout=60s`,
  ],
  [
    'a step with another concurrency',
    google =>
      void Object.assign(google.at('services/take')['template']!, { maxInstanceRequestConcurrency: 80 }),
    'warning',
    'step take: concurrency is 80: an instance takes another number of requests at once than its memory is meant for',
    '1',
    `gcloud run services update take ${RUN} --concurrency=1`,
  ],
  [
    'a step that does not know its project',
    google => void (google.at('services/tell')['template']!['containers'] as Json)[0]!['env']!.pop(),
    'error',
    'step tell: GOOGLE_CLOUD_PROJECT is not set: the step does not know its project and fails on every event',
    'my-project',
    `gcloud run services update tell ${RUN} --update-env-vars=GOOGLE_CLOUD_PROJECT=my-project`,
  ],
  [
    'a step without one of its variables',
    google => void (google.at('services/count')['template']!['containers'] as Json)[0]!['env']!.shift(),
    'error',
    'step count: GREETING is not set: the step misses a variable of its function.yaml',
    'hello',
    `gcloud run services update count ${RUN} --update-env-vars=GREETING=hello`,
  ],
  [
    'traffic that stays with an old revision',
    set('services/count', {
      traffic: [
        { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision: 'count-00001-abc', percent: 100 },
      ],
    }),
    'warning',
    'step count: 100 % of its traffic goes to a revision that is pinned: a new one does not replace it',
    '100 % to the latest',
    `gcloud run services update-traffic count ${RUN} --to-latest`,
  ],
  // Topics, buckets, pipelines
  [
    'a topic that is not there',
    gone('topics/events'),
    'error',
    'topic events: it is not there: whoever publishes to it fails',
    'a topic',
    APPLY,
  ],
  [
    'a topic that keeps messages for less time',
    set('topics/events', { messageRetentionDuration: '86400s' }),
    'warning',
    'topic events: it keeps messages for 86400 s: a seek back reaches no further',
    '604800 s',
    APPLY,
  ],
  [
    'a bucket that is not there',
    gone('b/my-project-uploads'),
    'error',
    'bucket my-project-uploads: it is not there: nothing can be put into it or read from it',
    'a bucket',
    APPLY,
  ],
  [
    'a dataset that is not there',
    gone('datasets/counted'),
    'error',
    'dataset counted: it is not there: whatever is to be written to its tables fails',
    'a dataset',
    APPLY,
  ],
  [
    'a step that may not write to its dataset',
    set('datasets/counted', { access: [{ role: 'READER', userByEmail: at('step-count') }] }),
    'error',
    `account ${at('step-count')}: it lacks roles/bigquery.dataEditor on dataset counted: the step fails on every event that needs it`,
    'roles/bigquery.dataEditor on dataset counted',
    APPLY,
  ],
  [
    'a bucket in another region than its trigger',
    set('b/my-project-uploads', { location: 'US' }),
    'error',
    'bucket my-project-uploads: location is us: a trigger in another region hears nothing of it; a bucket cannot move',
    'europe-west4',
    `${APPLY} -replace='google_storage_bucket.this["uploads"]'   # it must be empty`,
  ],
  [
    'a bucket that could be made public',
    google =>
      void Object.assign(google.at('b/my-project-uploads')['iamConfiguration']!, {
        publicAccessPrevention: 'inherited',
      }),
    'warning',
    'bucket my-project-uploads: public access prevention is inherited: somebody could make objects public',
    'enforced',
    'gcloud storage buckets update gs://my-project-uploads --public-access-prevention',
  ],
  [
    'a bucket whose objects have access lists',
    google =>
      void Object.assign(google.at('b/my-project-uploads')['iamConfiguration']!, {
        uniformBucketLevelAccess: {},
      }),
    'warning',
    'bucket my-project-uploads: uniform access is off: somebody could make objects public',
    'on',
    'gcloud storage buckets update gs://my-project-uploads --uniform-bucket-level-access',
  ],
  // Firestore
  [
    'no database',
    gone('/databases/(default)'),
    'error',
    'database: the project has no database (default): every step that writes results fails',
    'a database',
    APPLY,
  ],
  [
    'a database in Datastore mode',
    set('/databases/(default)', { type: 'DATASTORE_MODE' }),
    'error',
    'database: type is DATASTORE_MODE: it has neither listeners nor triggers',
    'FIRESTORE_NATIVE',
    "gcloud firestore databases update --database='(default)' --type=firestore-native --project=my-project   # it must be empty",
  ],
  [
    'an index that is not there',
    google => void (google.at('/-/indexes')['indexes'] as Json).shift(),
    'error',
    'index of lanes on pipeline, due: it is not there: queries that need it fail',
    'READY',
    APPLY,
  ],
  [
    'an index with its fields in another order',
    google => void (google.at('/-/indexes')['indexes'] as Json)[0]!['fields']!.reverse(),
    'error',
    'index of lanes on pipeline, due: it is not there: queries that need it fail',
    'READY',
    APPLY,
  ],
  [
    'an index that ascends where it is to descend',
    google =>
      void Object.assign((google.at('/-/indexes')['indexes'] as Json)[1]!['fields']![1]!, {
        order: 'ASCENDING',
      }),
    'error',
    'index of deadLetters on origin.upload, at desc: it is not there: queries that need it fail',
    'READY',
    APPLY,
  ],
  [
    'an index that is being built',
    google => void Object.assign((google.at('/-/indexes')['indexes'] as Json)[0]!, { state: 'CREATING' }),
    'warning',
    'index of lanes on pipeline, due: it is still being built: queries fail until then',
    'READY',
    'gcloud firestore operations list   # nothing but patience',
  ],
  [
    'no TTL',
    google => void Object.assign((google.at('/-/fields')['fields'] as Json)[1]!, { ttlConfig: undefined }),
    'warning',
    'TTL of lanes by expireAt: it is not there: documents stay for ever, at a price',
    'ACTIVE',
    APPLY,
  ],
  [
    'a TTL that is being set up',
    google =>
      void Object.assign((google.at('/-/fields')['fields'] as Json)[1]!, {
        ttlConfig: { state: 'CREATING' },
      }),
    'warning',
    'TTL of lanes by expireAt: it is still being set up: expired documents stay until then',
    'ACTIVE',
    'gcloud firestore operations list   # nothing but patience',
  ],
  [
    'a field that has an index again',
    google => void (google.at('/-/fields')['fields'] as Json).pop(),
    'warning',
    'field state of lanes: it has an index that nobody queries: writes cost more, and large values are refused',
    'no index',
    APPLY,
  ],
];

describe('a project that is as declared', () => {
  it('gives no finding, and tells its region by a bucket', async () => {
    const google = new FakeGoogle();
    expect(await look(google)).toEqual({
      project: PROJECT,
      region: 'europe-west4',
      findings: [],
      looked: 50,
    });
  });

  it('is only read, and each thing once', async () => {
    const google = new FakeGoogle();
    await look(google);
    expect(google.asked).toHaveLength(new Set(google.asked).size);
  });
});

describe('the doctor finds', () => {
  it.each(MUTATIONS)('%s', async (_, change, ...finding) => {
    expect(await findingsAfter(change)).toEqual([finding]);
  });

  it('pipelines that are not in their bucket', async () => {
    const missing = (await findingsAfter(gone('current%2Fvisits.json'))).flat();
    expect(missing.slice(0, 2)).toEqual([
      'error',
      'pipeline visits: current/visits.json is not in the bucket: all its events are refused',
    ]);
    const empty = await findingsAfter(set('my-project-pipelines/o', { items: [] }));
    expect(empty.map(([, what]) => what)).toEqual([
      expect.stringMatching(/^pipeline visits: compiled\/visits\/\w{16}\.json is not in the bucket: all/),
      expect.stringMatching(/^pipeline visits: reference\/\w{64}\.csv is not in the bucket: all/),
    ]);
  });

  it('a pipeline at another version than the checkout has, and whether that one is there', async () => {
    const old = 'aaaaaaaaaaaaaaaa';
    const found = await findingsAfter(google => {
      set('current%2Fvisits.json', { version: old })(google);
    });
    expect(found.map(([severity, what, , mend]) => [severity, what, mend])).toEqual([
      [
        'error',
        `pipeline visits: compiled/visits/${old}.json is not in the bucket: all its events are refused`,
        BUILD,
      ],
      ['warning', `pipeline visits: it runs at version ${old}, this checkout has another`, BUILD],
    ]);
  });

  it('errors before warnings', async () => {
    const found = await findingsAfter(google => {
      set('topics/events', { messageRetentionDuration: undefined })(google);
      gone('queues/mails')(google);
      set('services/count', { ingress: 'INGRESS_TRAFFIC_ALL' })(google);
    });
    expect(found.map(([severity]) => severity)).toEqual(['error', 'warning', 'warning']);
  });
});

describe('what cannot be seen', () => {
  const denied = { message: "Permission 'x' denied.", status: 'PERMISSION_DENIED' };

  it.each([
    [/run.*getIamPolicy/, 'run.services.getIamPolicy', 7, 'roles/iam.securityReviewer'],
    [/services\/[a-z]+$/, 'run.services.get', 7, 'roles/viewer'],
    [/b\/[a-z-]+$/, 'storage.buckets.get', 2, 'roles/storage.bucketViewer'],
    [/current/, 'storage.objects.get', 1, 'roles/storage.objectViewer'],
    [/triggers/, 'eventarc.triggers.get', 4, 'roles/viewer'],
    [
      /projects\/my-project:getIamPolicy/,
      'resourcemanager.projects.getIamPolicy',
      1,
      'roles/iam.securityReviewer',
    ],
    [/subscriptions\/[a-z0-9-]+$/, 'pubsub.subscriptions.get', 5, 'roles/viewer'],
    [/databases\/\(default\)$/, 'datastore.databases.getMetadata', 1, 'roles/viewer'],
  ])(
    '%s is one finding that names %s, and nothing is taken for missing',
    async (pattern, permission, n, role) => {
      const google = new FakeGoogle();
      google.refuse(pattern, 403, denied);
      const { findings } = await look(google, 'europe-west4');
      expect(findings.filter(({ place }) => place === `project ${PROJECT}`)).toEqual([
        {
          severity: 'warning',
          place: 'project my-project',
          what: `you may not see ${n} of the things to check: Permission 'x' denied.`,
          expected: `the permission ${permission}`,
          mend: `gcloud projects add-iam-policy-binding my-project --member=user:YOU --role=${role}`,
        },
      ]);
      expect(findings.filter(({ place }) => place !== `project ${PROJECT}`)).toEqual([]);
    },
  );

  it('because of an error at Google is told as such', async () => {
    const google = new FakeGoogle();
    google.refuse(/queues/, 503, { message: 'The service is currently unavailable.' });
    const { findings } = await look(google);
    expect(findings.map(({ what }) => what)).toEqual([
      'queue mails could not be read: cloudtasks.googleapis.com answers 503: The service is currently unavailable.',
    ]);
  });

  it('in a project that does not let itself be seen is one finding, and no more is asked', async () => {
    const google = new FakeGoogle();
    google.refuse(/./, 403, denied);
    const { findings } = await look(google);
    expect(findings.map(({ expected }) => expected)).toContain('the permission resourcemanager.projects.get');
    expect(findings.every(({ severity }) => severity === 'warning')).toBe(true);
    expect(google.asked).toHaveLength(9);
  });

  it('because nothing is deployed is told as that', async () => {
    const google = new FakeGoogle();
    google.remove('b/my-project-pipelines');
    const { findings, region } = await look(google);
    expect(region).toBeUndefined();
    expect(findings).toMatchObject([
      {
        severity: 'error',
        what: 'the bucket my-project-pipelines is not there: Millrace is not deployed here, or only in part',
        mend: `${APPLY}   # or say where the rest is: --region REGION`,
      },
    ]);
    const told = await look(google, 'europe-west4');
    expect(told.findings.map(({ place }) => place)).toEqual(['bucket my-project-pipelines']);
  });
});
