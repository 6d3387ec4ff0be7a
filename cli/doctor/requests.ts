import { datasetsOf } from '../../eventarc/datasets.ts';
import { workerSubscription } from '../../eventarc/names.ts';
import { calledSteps } from '../../eventarc/steps.ts';
import type { Answers } from './answers.ts';
import type { Kind } from './api.ts';
import { bucketsOf, type Declared, locationOf, type Place, subscriptionOf } from './case.ts';

/** One thing to ask Google for. */
export interface Request {
  readonly kind: Kind;
  readonly name: string;
  readonly url: string;
  /** POST with this body; GET without. */
  readonly body?: object;
  /** Where a list's items lie in each of its pages. */
  readonly list?: string;
  /** Whoever asks needs it. */
  readonly permission: string;
}

const API = {
  bigquery: 'https://bigquery.googleapis.com/bigquery/v2',
  firestore: 'https://firestore.googleapis.com/v1',
  iam: 'https://iam.googleapis.com/v1',
  pubsub: 'https://pubsub.googleapis.com/v1',
  resources: 'https://cloudresourcemanager.googleapis.com/v3',
  run: 'https://run.googleapis.com/v2',
  storage: 'https://storage.googleapis.com/storage/v1',
} as const;

/** Version 3 shows conditions instead of refusing. */
const POLICY = 'options.requestedPolicyVersion=3';

/** What says where the project is and what it has; the rest builds on it. */
export function projectRequests(project: string): Request[] {
  const database = `${API.firestore}/projects/${project}/databases/(default)`;
  const usage = 'https://serviceusage.googleapis.com/v1';
  return [
    {
      kind: 'project',
      name: project,
      url: `${API.resources}/projects/${project}`,
      permission: 'resourcemanager.projects.get',
    },
    {
      kind: 'services',
      name: project,
      url: `${usage}/projects/${project}/services?filter=state:ENABLED&pageSize=200`,
      list: 'services',
      permission: 'serviceusage.services.list',
    },
    {
      kind: 'policy',
      name: 'project',
      url: `${API.resources}/projects/${project}:getIamPolicy`,
      body: { options: { requestedPolicyVersion: 3 } },
      permission: 'resourcemanager.projects.getIamPolicy',
    },
    {
      kind: 'accounts',
      name: project,
      url: `${API.iam}/projects/${project}/serviceAccounts?pageSize=100`,
      list: 'accounts',
      permission: 'iam.serviceAccounts.list',
    },
    ...bucketRequests(`${project}-pipelines`),
    { kind: 'database', name: '(default)', url: database, permission: 'datastore.databases.getMetadata' },
    {
      kind: 'indexes',
      name: '(default)',
      url: `${database}/collectionGroups/-/indexes?pageSize=300`,
      list: 'indexes',
      permission: 'datastore.indexes.list',
    },
    {
      kind: 'fields',
      name: '(default)',
      // Google lists fields under just this filter: those that differ from the default.
      url: `${database}/collectionGroups/-/fields?pageSize=300&filter=${encodeURIComponent('indexConfig.usesAncestorConfig=false OR ttlConfig:*')}`,
      list: 'fields',
      permission: 'datastore.indexes.list',
    },
  ];
}

function bucketRequests(bucket: string): Request[] {
  const url = `${API.storage}/b/${bucket}`;
  return [
    { kind: 'bucket', name: bucket, url, permission: 'storage.buckets.get' },
    {
      kind: 'policy',
      name: `bucket:${bucket}`,
      url: `${url}/iam?optionsRequestedPolicyVersion=3`,
      permission: 'storage.buckets.getIamPolicy',
    },
  ];
}

/** What the wiring names. */
export function wiringRequests({ wiring, pipelines }: Declared, place: Place): Request[] {
  const { project, region } = place;
  const regional = `projects/${project}/locations/${region}`;
  const pipelineBucket = `${API.storage}/b/${project}-pipelines`;
  return [
    ...calledSteps(wiring).flatMap(({ name }): Request[] => {
      const url = `${API.run}/${regional}/services/${name}`;
      return [
        { kind: 'service', name, url, permission: 'run.services.get' },
        {
          kind: 'policy',
          name: `service:${name}`,
          url: `${url}:getIamPolicy?${POLICY}`,
          permission: 'run.services.getIamPolicy',
        },
      ];
    }),
    ...wiring.topics.flatMap(({ name }): Request[] => {
      const url = `${API.pubsub}/projects/${project}/topics/${name}`;
      return [
        { kind: 'topic', name, url, permission: 'pubsub.topics.get' },
        {
          kind: 'policy',
          name: `topic:${name}`,
          url: `${url}:getIamPolicy?${POLICY}`,
          permission: 'pubsub.topics.getIamPolicy',
        },
      ];
    }),
    ...bucketsOf(wiring, project)
      .filter(bucket => bucket !== `${project}-pipelines`)
      .flatMap(bucketRequests),
    ...datasetsOf(wiring).map(
      (name): Request => ({
        kind: 'dataset',
        name,
        url: `${API.bigquery}/projects/${project}/datasets/${name}`,
        permission: 'bigquery.datasets.get',
      }),
    ),
    ...wiring.triggers.flatMap(trigger => triggerRequests(trigger, place)),
    {
      kind: 'objects',
      name: `${project}-pipelines`,
      url: `${pipelineBucket}/o?fields=items(name),nextPageToken`,
      list: 'items',
      permission: 'storage.objects.list',
    },
    ...pipelines.pipelines.map(
      ({ name }): Request => ({
        kind: 'pointer',
        name,
        url: `${pipelineBucket}/o/${encodeURIComponent(`current/${name}.json`)}?alt=media`,
        permission: 'storage.objects.get',
      }),
    ),
  ];
}

function triggerRequests(trigger: Declared['wiring']['triggers'][number], place: Place): Request[] {
  const { project, region } = place;
  const { name } = trigger;
  switch (trigger.kind) {
    case 'http':
      return [];
    case 'schedule': {
      const url = `https://cloudscheduler.googleapis.com/v1/projects/${project}/locations/${region}/jobs/${name}`;
      return [{ kind: 'job', name, url, permission: 'cloudscheduler.jobs.get' }];
    }
    case 'task': {
      // The beta alone shows where a queue sends its tasks.
      const url = `https://cloudtasks.googleapis.com/v2beta3/projects/${project}/locations/${region}/queues/${trigger.queue}`;
      return [{ kind: 'queue', name: trigger.queue, url, permission: 'cloudtasks.queues.get' }];
    }
    case 'worker': {
      const url = `${API.run}/projects/${project}/locations/${region}/workerPools/${name}`;
      return [
        { kind: 'pool', name, url, permission: 'run.workerpools.get' },
        ...ofSubscription(workerSubscription(name), project),
      ];
    }
    case 'eventarc': {
      const location = locationOf(trigger, place);
      if (location === undefined) return [];
      const url = `https://eventarc.googleapis.com/v1/projects/${project}/locations/${location}/triggers/${name}`;
      const bucket = trigger.where.find(({ attribute }) => attribute === 'bucket');
      return [
        { kind: 'trigger', name, url, permission: 'eventarc.triggers.get' },
        ...(bucket ? [notificationsRequest(`${project}-${bucket.value}`)] : []),
      ];
    }
  }
}

function notificationsRequest(bucket: string): Request {
  return {
    kind: 'notifications',
    name: bucket,
    url: `${API.storage}/b/${bucket}/notificationConfigs`,
    list: 'items',
    permission: 'storage.buckets.get',
  };
}

/** Eventarc's own subscriptions, whose names only their triggers tell. */
export function subscriptionRequests({ wiring }: Declared, { project }: Place, answers: Answers): Request[] {
  return wiring.triggers.flatMap(({ name: trigger }): Request[] => {
    const name = subscriptionOf(answers, trigger);
    return name === undefined ? [] : ofSubscription(name, project);
  });
}

function ofSubscription(name: string, project: string): Request[] {
  const url = `${API.pubsub}/projects/${project}/subscriptions/${name}`;
  return [
    { kind: 'subscription', name, url, permission: 'pubsub.subscriptions.get' },
    {
      kind: 'policy',
      name: `subscription:${name}`,
      url: `${url}:getIamPolicy?${POLICY}`,
      permission: 'pubsub.subscriptions.getIamPolicy',
    },
  ];
}
