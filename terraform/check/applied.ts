/** What the cloud would fill in, as far as other resources refer to it. Made up in form, but consistent. */
export const PROJECT_NUMBER = '123456789012';

export type Fields = Record<string, unknown>;

const path = (project: unknown, ...parts: unknown[]): string => ['projects', project, ...parts].join('/');
const first = (value: unknown): Fields | undefined =>
  Array.isArray(value) ? (value[0] as Fields) : undefined;

/** By resource type: computed attributes from the configured ones. */
const APPLIED: Readonly<Record<string, (fields: Fields) => Fields>> = {
  google_artifact_registry_repository: ({ project, location, repository_id }) => ({
    id: path(project, 'locations', location, 'repositories', repository_id),
    name: repository_id,
  }),
  google_cloudfunctions2_function: ({ project, location, name, service_config }) => ({
    id: path(project, 'locations', location, 'functions', name),
    service_config: [
      {
        ...first(service_config),
        service: path(project, 'locations', location, 'services', name),
        uri: `https://${name}-${PROJECT_NUMBER}.${location}.run.app`,
      },
    ],
  }),
  google_eventarc_trigger: ({ project, location, name, transport }) => ({
    id: path(project, 'locations', location, 'triggers', name),
    transport: [
      {
        pubsub: [
          {
            topic:
              first(first(transport)?.['pubsub'])?.['topic'] ??
              path(project, 'topics', `eventarc-${location}-${name}-000`),
            subscription: path(project, 'subscriptions', `eventarc-${location}-${name}-sub-000`),
          },
        ],
      },
    ],
  }),
  google_firebaserules_ruleset: ({ project }) => ({ id: path(project, 'rulesets', 'made'), name: 'made' }),
  google_firestore_database: ({ project, name }) => ({ id: path(project, 'databases', name) }),
  google_project: () => ({ number: PROJECT_NUMBER }),
  google_pubsub_subscription: ({ project, name }) => ({ id: path(project, 'subscriptions', name) }),
  google_pubsub_topic: ({ project, name }) => ({ id: path(project, 'topics', name) }),
  google_service_account: ({ project, account_id }) => {
    const email = `${account_id}@${project}.iam.gserviceaccount.com`;
    return { email, member: `serviceAccount:${email}`, name: path(project, 'serviceAccounts', email) };
  },
  google_storage_project_service_account: () => ({
    email_address: `service-${PROJECT_NUMBER}@gs-project-accounts.iam.gserviceaccount.com`,
  }),
};

/** The fields of a resource or data source after an apply. */
export function applied(type: string, fields: Fields): Fields {
  return { ...fields, ...APPLIED[type]?.(fields) };
}
