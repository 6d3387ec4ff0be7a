import { type Grant, wiringGrants } from '../../eventarc/grants.ts';
import { workerSubscription } from '../../eventarc/names.ts';
import { type Fields, PROJECT_NUMBER } from './applied.ts';
import type { Deployment } from './deployment.ts';
import type { Instance } from './hcl/module.ts';

export type { Grant } from '../../eventarc/grants.ts';

const last = (path: unknown): string => String(path).split('/').at(-1) ?? '';

const ON: Readonly<Record<string, (fields: Fields) => string>> = {
  google_bigquery_dataset_iam_member: ({ dataset_id }) => `dataset:${dataset_id}`,
  google_artifact_registry_repository_iam_member: ({ repository }) => `repository:${repository}`,
  google_cloud_run_v2_service_iam_member: ({ name }) => `service:${last(name)}`,
  google_kms_crypto_key_iam_member: ({ crypto_key_id }) => `key:${last(crypto_key_id)}`,
  google_project_iam_member: ({ condition }) =>
    condition === undefined ? 'project' : `project where ${(condition as Fields[])[0]?.['expression']}`,
  google_pubsub_subscription_iam_member: ({ subscription }) => `subscription:${subscription}`,
  google_pubsub_topic_iam_member: ({ topic }) => `topic:${topic}`,
  google_service_account_iam_member: ({ service_account_id }) => `account:${last(service_account_id)}`,
  google_storage_bucket_iam_member: ({ bucket }) => `bucket:${bucket}`,
};

/** @throws Error for a kind of grant that nobody has taught this check */
export function grantsOf(instances: readonly Instance[]): Grant[] {
  return instances.flatMap(({ address, type, fields }) => {
    const on = ON[type]?.(fields);
    if (on === undefined && type.includes('_iam_')) {
      throw new Error(`${address}: grants are written with *_iam_member, which ${type} is not`);
    }
    return on === undefined ? [] : [{ member: String(fields['member']), role: String(fields['role']), on }];
  });
}

/** What the wiring asks for and the platform needs, and no more. */
export function expectedGrants({ wiring, project }: Deployment): Grant[] {
  const agent = (domain: string) =>
    `serviceAccount:service-${PROJECT_NUMBER}@${domain}.iam.gserviceaccount.com`;
  const build = `serviceAccount:millrace-build@${project}.iam.gserviceaccount.com`;
  return [
    { member: agent('gs-project-accounts'), role: 'roles/pubsub.publisher', on: 'project' },
    { member: agent('gcp-sa-eventarc'), role: 'roles/eventarc.serviceAgent', on: 'project' },
    { member: agent('gcp-sa-pubsub'), role: 'roles/pubsub.publisher', on: 'topic:dead-letters' },
    { member: build, role: 'roles/logging.logWriter', on: 'project' },
    { member: build, role: 'roles/artifactregistry.writer', on: 'repository:millrace' },
    {
      member: build,
      role: 'roles/storage.objectViewer',
      on: 'project where resource.name.startsWith("projects/_/buckets/gcf-v2-sources-")',
    },
    ...wiringGrants(wiring, project),
    ...wiring.triggers.flatMap(trigger => {
      if (trigger.kind !== 'worker' || trigger.retry.deadLetterTopic === undefined) return [];
      const on = `subscription:${workerSubscription(trigger.name)}`;
      return [{ member: agent('gcp-sa-pubsub'), role: 'roles/pubsub.subscriber', on }];
    }),
  ];
}

/** Grants that are missing, and grants that nothing asks for. */
export function checkGrants(deployment: Deployment): string[] {
  const found = grantsOf(deployment.main).map(textOf);
  const expected = expectedGrants(deployment).map(textOf);
  return [
    ...expected.filter(grant => !found.includes(grant)).map(grant => `nobody grants ${grant}`),
    ...found.filter(grant => !expected.includes(grant)).map(grant => `nothing asks for ${grant}`),
  ];
}

const textOf = ({ member, role, on }: Grant): string => `${role} on ${on} to ${member}`;
