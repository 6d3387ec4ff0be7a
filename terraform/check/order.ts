import type { Fields } from './applied.ts';
import type { AppliedResource } from './provider/server.ts';

/** What must be done before what. Both name what they are about; only what is about the same is compared. */
interface Precedence {
  readonly name: string;
  readonly first: (resource: AppliedResource) => string | undefined;
  readonly next: (resource: AppliedResource) => string | undefined;
}

const last = (path: unknown): string => String(path).split('/').at(-1) ?? '';
const block = (fields: Fields, name: string): Fields => ((fields[name] ?? []) as readonly Fields[])[0] ?? {};
const is =
  (...types: string[]) =>
  ({ type }: AppliedResource) =>
    types.includes(type) ? 'all' : undefined;

const invoked = ({ type, fields }: AppliedResource): string | undefined =>
  type === 'google_cloud_run_v2_service_iam_member' ? last(fields['name']) : undefined;

function called({ type, fields }: AppliedResource): string | undefined {
  if (type === 'google_eventarc_trigger') {
    return String(block(block(fields, 'destination'), 'cloud_run_service')['service']);
  }
  const uri = type === 'google_cloud_scheduler_job' ? block(fields, 'http_target')['uri'] : undefined;
  return uri === undefined ? undefined : /^https:\/\/(.+)-\d+\./.exec(String(uri))?.[1];
}

const tableName = ({ type, fields }: AppliedResource): string | undefined =>
  type === 'google_bigquery_table' ? [fields['dataset_id'], fields['table_id']].join('.') : undefined;

/** Of a view: the one table or view that it reads. */
function readBy({ type, fields }: AppliedResource): string | undefined {
  const query = type === 'google_bigquery_table' ? block(fields, 'view')['query'] : undefined;
  return /`[^`.]+\.([^`]+)`/.exec(String(query ?? ''))?.[1];
}

const GRANTS = [
  'google_project_iam_member',
  'google_service_account_iam_member',
  'google_storage_bucket_iam_member',
  'google_pubsub_topic_iam_member',
];
const BEFORE_TRIGGERS = [
  'roles/eventarc.eventReceiver',
  'roles/eventarc.serviceAgent',
  'roles/pubsub.publisher',
];

const PRECEDENCES: readonly Precedence[] = [
  {
    name: 'all services are enabled before the database, functions, triggers and jobs',
    first: is('google_project_service'),
    next: is(
      'google_firestore_database',
      'google_firebaserules_ruleset',
      'google_cloudfunctions2_function',
      'google_eventarc_trigger',
      'google_cloud_scheduler_job',
      'google_cloud_run_v2_worker_pool',
    ),
  },
  {
    name: 'services that others build on are enabled before whatever needs them',
    first: ({ type, fields }) =>
      type === 'google_project_service' &&
      /^(iam|pubsub|storage|artifactregistry)\./.test(String(fields['service']))
        ? 'all'
        : undefined,
    next: is(
      'google_storage_bucket',
      'google_pubsub_topic',
      'google_service_account',
      'google_artifact_registry_repository',
    ),
  },
  {
    name: "a step's roles are granted before it is deployed",
    first: ({ type, fields }) =>
      GRANTS.includes(type) ? String(fields['member']).replace('serviceAccount:', '') : undefined,
    next: ({ type, fields }) => {
      if (type === 'google_cloud_run_v2_worker_pool')
        return String(block(fields, 'template')['service_account']);
      return type === 'google_cloudfunctions2_function'
        ? String(block(fields, 'service_config')['service_account_email'])
        : undefined;
    },
  },
  {
    name: 'workers may pull before they run',
    first: ({ type, fields }) =>
      type === 'google_pubsub_subscription_iam_member' ? last(fields['subscription']) : undefined,
    next: ({ type, fields }) => {
      if (type !== 'google_cloud_run_v2_worker_pool') return undefined;
      const args = block(block(fields, 'template'), 'containers')['args'] as readonly string[];
      return last(args.find(one => one.startsWith('--subscription=')));
    },
  },
  {
    name: 'a trigger may call its step before it can wake it',
    first: invoked,
    next: called,
  },
  {
    name: "the agents' roles and the event receivers' come before the triggers",
    first: ({ type, fields }) =>
      type === 'google_project_iam_member' && BEFORE_TRIGGERS.includes(String(fields['role']))
        ? 'all'
        : undefined,
    next: is('google_eventarc_trigger'),
  },
  {
    name: 'a table comes before the views that read it, and a view before those',
    first: tableName,
    next: readBy,
  },
  {
    name: 'tables and views are there before a step can see the pipeline or the mirror that they are for',
    first: is('google_bigquery_table'),
    next: ({ type, fields }) =>
      type === 'google_storage_bucket_object' && /^(current\/|mirrors\.json$)/.test(String(fields['name']))
        ? 'all'
        : undefined,
  },
  {
    name: 'a pointer to a pipeline comes after what it points at',
    first: ({ type, fields }) =>
      type === 'google_storage_bucket_object' && /^(compiled|reference)\//.test(String(fields['name']))
        ? 'all'
        : undefined,
    next: ({ type, fields }) =>
      type === 'google_storage_bucket_object' && String(fields['name']).startsWith('current/')
        ? 'all'
        : undefined,
  },
];

/** How long an apply takes in the check, ms: whoever does not wait for what comes before it is done first. */
export function slowness({ type, fields }: AppliedResource): number {
  // Triggers wait for much else: only a long delay shows that they wait for this.
  if (fields['role'] === 'roles/eventarc.serviceAgent') return 2000;
  if (type === 'google_bigquery_table') return (fields['view'] as readonly Fields[]).length > 0 ? 50 : 150;
  return type === 'google_project_service' || type.endsWith('_iam_member') ? 60 : 0;
}

/** Which rules of order an apply has broken, with the resources in question. */
export function checkOrder(applied: readonly AppliedResource[]): string[] {
  return PRECEDENCES.flatMap(({ name, first, next }) => {
    const done = applied.map(next);
    return applied.flatMap((resource, at) => {
      const about = first(resource);
      const early = about === undefined ? -1 : done.indexOf(about);
      if (early === -1 || early > at) return [];
      return [
        `${name}: ${applied[early]?.type} for ${about} came before ${resource.type} ${nameOf(resource)}`,
      ];
    });
  });
}

const nameOf = ({ fields }: AppliedResource): string =>
  String(fields['table_id'] ?? fields['service'] ?? fields['role'] ?? fields['name'] ?? '');
