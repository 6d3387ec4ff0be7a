import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Copy } from './testing.ts';

/** One careless change of Terraform's files or of the YAML, and what the checks must say of it without Terraform. */
interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly what: string | RegExp;
  readonly by: string;
  readonly says: RegExp;
}

const block = (type: string, name: string): RegExp =>
  new RegExp(`resource "${type}" "${name}" \\{[\\s\\S]*?\\n\\}\\n`);
const INVOKER = 'google_cloud_run_v2_service_iam_member';

const MUTATIONS: readonly Mutation[] = [
  {
    name: 'an invoker is removed',
    file: 'terraform/modules/step/main.tf',
    what: block(INVOKER, 'trigger'),
    by: '',
    says: /nobody grants roles\/run\.invoker on service:tick to serviceAccount:trigger-tick-every-minute@/,
  },
  {
    name: 'an invoker is lost for one trigger',
    file: 'terraform/steps.tf',
    what: 'if trigger.step == each.key',
    by: 'if trigger.step == each.key && name != "detect-on-events"',
    says: /nobody grants roles\/run\.invoker on service:detect to serviceAccount:trigger-detect-on-events@/,
  },
  {
    name: 'a step loses its role on a dataset',
    file: 'terraform/modules/step/main.tf',
    what: block('google_bigquery_dataset_iam_member', 'this'),
    by: '',
    says: /nobody grants roles\/bigquery\.dataEditor on dataset:firestore_export to serviceAccount:step-mirror@/,
  },
  {
    name: 'a tear-down takes what is in the datasets with it',
    file: 'terraform/bigquery.tf',
    what: '!var.deletion_protection',
    by: 'true',
    says: /google_bigquery_dataset\.this\["firestore_export"\] delete_contents_on_destroy is true, expected false/,
  },
  {
    name: 'the tables are not made',
    file: 'terraform/bigquery.tf',
    what: block('google_bigquery_table', 'this'),
    by: '',
    says: /0 google_bigquery_table named millrace\.events_clicks_raw, expected 1/,
  },
  {
    name: 'a table has other columns than the step gives it',
    file: 'terraform/bigquery.tf',
    what: 'jsonencode(each.value.columns)',
    by: 'jsonencode([for column in each.value.columns : column if column.mode == "REQUIRED"])',
    says: /google_bigquery_table\.this\["millrace\.events_clicks_raw"\] schema is /,
  },
  {
    name: "an apply takes back a step's columns",
    file: 'terraform/bigquery.tf',
    what: 'ignore_changes = [schema, ',
    by: 'ignore_changes = [',
    says: /\.this\["[^"]+_raw"\] ignores changes of encryption_configuration, expected schema, encryption_configuration/,
  },
  {
    name: 'tables are no longer partitioned',
    file: 'terraform/bigquery.tf',
    what: /dynamic "time_partitioning" \{[\s\S]*?\n {2}\}\n/,
    by: '',
    says: /\["millrace\.events_clicks_raw"\] time_partitioning is missing/,
  },
  {
    name: 'tables are partitioned by another column',
    file: 'terraform/bigquery.tf',
    what: 'time_partitioning.value.field',
    by: '"ingested"',
    says: /\["millrace\.events_clicks_raw"\] time_partitioning field is "ingested", expected "event_time"/,
  },
  {
    name: 'tables are no longer clustered',
    file: 'terraform/bigquery.tf',
    what: /\n *clustering += .*/,
    by: '',
    says: /\["millrace\.events_clicks_raw"\] clustering is missing, expected \["event_key","path"\]/,
  },
  {
    name: 'the latest table of a mirror has no primary key',
    file: 'terraform/bigquery.tf',
    what: /dynamic "table_constraints" \{[\s\S]*?\n {2}\}\n/,
    by: '',
    says: /\["firestore_export\.alerts_raw_latest"\] table_constraints is missing/,
  },
  {
    name: 'tables may be destroyed',
    file: 'terraform/bigquery.tf',
    what: 'deletion_protection = var.deletion_protection',
    by: 'deletion_protection = false',
    says: /\.this\["[^"]+_raw"\] deletion_protection is false, expected true/,
  },
  {
    name: 'the exact views are not made',
    file: 'terraform/bigquery.tf',
    what: block('google_bigquery_table', 'view'),
    by: '',
    says: /0 google_bigquery_table named millrace\.events_clicks, expected 1/,
  },
  {
    name: 'the views for dashboards are not made',
    file: 'terraform/bigquery.tf',
    what: block('google_bigquery_table', 'view_of_views'),
    by: '',
    says: /0 google_bigquery_table named millrace\.clicks_funnel, expected 1/,
  },
  {
    name: 'a view reads another project',
    file: 'terraform/bigquery.tf',
    what: 'join(var.project, each.value.query)',
    by: 'join("elsewhere", each.value.query)',
    says: /\.view\["millrace\.events_clicks"\] view query is ".*`elsewhere\.millrace\.events_clicks_raw`/,
  },
  {
    name: 'a view is in the old dialect',
    file: 'terraform/bigquery.tf',
    what: 'use_legacy_sql = false',
    by: 'use_legacy_sql = true',
    says: /\.view\["millrace\.events_clicks"\] view use_legacy_sql is true, expected false/,
  },
  {
    name: 'the dead letter of the subscriptions is removed',
    file: 'terraform/delivery/main.tf',
    what: /dynamic "dead_letter_policy" \{[\s\S]*?\n {2}\}\n/,
    by: '',
    says: /google_pubsub_subscription\.trigger\["enrich-on-raw"\] dead_letter_policy is missing/,
  },
  {
    name: 'the dead letter of one trigger is removed',
    file: 'terraform/outputs.tf',
    what: 'try(trigger.topic, null) == local.dead_letter_topic ? null',
    by: 'try(trigger.topic, null) == "events-raw" ? null',
    says: /trigger\["enrich-on-raw"\] dead_letter_policy is missing/,
  },
  {
    name: 'the dead letters dead-letter to themselves',
    file: 'terraform/outputs.tf',
    what: 'try(trigger.topic, null) == local.dead_letter_topic ? null',
    by: 'false ? null',
    says: /trigger\["dead-letter-on-dead-letters"\] dead_letter_policy is .*, expected none/,
  },
  {
    name: 'Pub/Sub may no longer publish dead letters',
    file: 'terraform/agents.tf',
    what: block('google_pubsub_topic_iam_member', 'dead_letters'),
    by: '',
    says: /nobody grants roles\/pubsub\.publisher on topic:dead-letters to .*gcp-sa-pubsub/,
  },
  {
    name: "Pub/Sub may no longer take dead letters from the triggers' subscriptions",
    file: 'terraform/delivery/main.tf',
    what: block('google_pubsub_subscription_iam_member', 'dead_letters'),
    by: '',
    says: /0 google_pubsub_subscription_iam_member named eventarc-europe-west4-feed-on-events/,
  },
  {
    name: 'the ack deadline goes back to 10 s',
    file: 'terraform/delivery/main.tf',
    what: /ack_deadline_seconds = 600/,
    by: 'ack_deadline_seconds = 10',
    says: /ack_deadline_seconds is 10, expected 600/,
  },
  {
    name: "a trigger's role is widened",
    file: 'terraform/modules/step/main.tf',
    what: 'roles/run.invoker',
    by: 'roles/run.admin',
    says: /nothing asks for roles\/run\.admin on service:/,
  },
  {
    name: "a step's role on a topic is widened to the project",
    file: 'terraform/modules/step/main.tf',
    what: 'if role.on == "project"',
    by: 'if !startswith(role.on, "bucket:")',
    says: /nothing asks for roles\/pubsub\.publisher on project to serviceAccount:step-/,
  },
  {
    name: "a step's role is widened in its own YAML",
    file: 'functions/feed/function.yaml',
    what: 'roles/datastore.user',
    by: 'roles/datastore.owner',
    says: /inventory\.md:\d+: is ".*step-feed.*roles\/datastore\.user.*", should be ".*roles\/datastore\.owner/,
  },
  {
    name: 'somebody is granted something that nothing asks for',
    file: 'terraform/agents.tf',
    what: 'roles/eventarc.serviceAgent',
    by: 'roles/editor',
    says: /nothing asks for roles\/editor on project/,
  },
  {
    name: "a trigger's topic is changed in triggers.yaml alone",
    file: 'eventarc/triggers.yaml',
    what: /(detect-on-events: .*topic: )events/,
    by: '$1ingest-continue',
    says: /inventory\.md:\d+: is ".*detect-on-events.*", should be "/,
  },
  {
    name: "a trigger's event is changed in triggers.yaml alone",
    file: 'eventarc/triggers.yaml',
    what: 'storage.object.v1.finalized',
    by: 'storage.object.v1.archived',
    says: /inventory\.md:\d+: is ".*object\.v1\.finalized.*", should be ".*object\.v1\.archived/,
  },
  {
    name: "the path pattern's operator is dropped",
    file: 'terraform/modules/trigger/main.tf',
    what: /\n *operator += .*/,
    by: '',
    says: /trigger\["watch-on-alert"\].* operator is missing, expected "match-path-pattern"/,
  },
  {
    name: "a Firestore event's content type is dropped",
    file: 'terraform/modules/trigger/main.tf',
    what: 'local.firestore ? "application/protobuf" : "application/json"',
    by: '"application/json"',
    says: /trigger\["watch-on-alert"\].* is "application\/json", expected "application\/protobuf"/,
  },
  {
    name: 'the security rules are not released',
    file: 'terraform/rules.tf',
    what: block('google_firebaserules_release', 'firestore'),
    by: '',
    says: /0 google_firebaserules_release named cloud\.firestore, expected 1/,
  },
  {
    name: 'other security rules are released',
    file: 'terraform/rules.tf',
    what: /\$\{google_firebaserules_ruleset\.firestore\.name\}/,
    by: 'by-hand',
    says: /google_firebaserules_release\.firestore ruleset_name is "projects\/[^"]*by-hand", expected/,
  },
  {
    name: 'the ingress of an event step is opened',
    file: 'terraform/modules/step/main.tf',
    what: '"ALLOW_INTERNAL_ONLY"',
    by: '"ALLOW_ALL"',
    says: /module\.step\["enrich"\].* ingress_settings is "ALLOW_ALL", expected "ALLOW_INTERNAL_ONLY"/,
  },
  {
    name: 'the cap on instances is forgotten',
    file: 'terraform/modules/step/main.tf',
    what: /\n *max_instance_count += .*/,
    by: '',
    says: /max_instance_count is missing, expected 20/,
  },
  {
    name: 'a scheduled call loses its CloudEvents type',
    file: 'terraform/triggers.tf',
    what: /\n *"ce-type" += .*/,
    by: '',
    says: /headers ce-type is missing/,
  },
  {
    name: 'a bucket is opened to the public',
    file: 'terraform/storage.tf',
    what: '"enforced"',
    by: '"inherited"',
    says: /google_storage_bucket\..* public_access_prevention is "inherited"/,
  },
  {
    name: 'compiled pipelines are not uploaded',
    file: 'terraform/storage.tf',
    what: block('google_storage_bucket_object', 'compiled'),
    by: '',
    says: /compiled\/quakes\/[0-9a-f]{16}\.json is not uploaded/,
  },
  {
    name: 'an argument is misspelt',
    file: 'terraform/modules/step/main.tf',
    what: 'timeout_seconds ',
    by: 'timeout_second ',
    says: /google_cloudfunctions2_function\.this\[0\]: service_config\.timeout_second is no argument/,
  },
  {
    name: 'an argument gets a value of the wrong type',
    file: 'terraform/modules/step/main.tf',
    what: 'timeout_seconds                  = var.timeout',
    by: 'timeout_seconds                  = "a minute"',
    says: /timeout_seconds is "a minute", expected number/,
  },
  {
    name: 'a file can no longer be read',
    file: 'terraform/topics.tf',
    what: 'module "topic" {',
    by: 'module "topic" ',
    says: /topics\.tf:/,
  },
];

describe('without Terraform the checks tell when', () => {
  let sound: Copy;
  let copy: Copy;
  beforeAll(async () => {
    sound = new Copy();
    const event = 'google.cloud.firestore.document.v1.created';
    sound.addStep(
      'watch',
      `watch-on-alert: { step: watch, event: ${event}, where: { document: "alerts/{alert}" } }`,
    );
    await sound.writeInventory();
    expect(await sound.problems()).toEqual([]);
  });
  afterAll(() => sound.remove());
  beforeEach(() => {
    copy = new Copy(sound.root);
  });
  afterEach(() => copy.remove());

  it.each(MUTATIONS)('$name', async ({ file, what, by, says }) => {
    copy.replace(file, what, by);
    expect((await copy.problems()).join('\n')).toMatch(says);
  });
});
