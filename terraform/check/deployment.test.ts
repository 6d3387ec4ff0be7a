import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SETTINGS } from './deployment.ts';
import { staleLine } from './inventory.ts';
import { checkDeployment } from './rules.ts';
import { Copy, ROOT } from './testing.ts';

let copy: Copy;
beforeEach(() => {
  copy = new Copy();
});
afterEach(() => copy.remove());

const PUBLISHED = 'google.cloud.pubsub.topic.v1.messagePublished';
const find = (deployment: Awaited<ReturnType<Copy['evaluate']>>, address: string) =>
  deployment.main.find(instance => instance.address === address)?.configured;

describe("Terraform's files, evaluated without Terraform", () => {
  it('deploy what the YAML says, no more and no less', async () => {
    expect(checkDeployment(await copy.evaluate())).toEqual([]);
  });

  it('make what terraform/inventory.md lists', async () => {
    const written = readFileSync(join(ROOT, 'terraform/inventory.md'), 'utf8');
    expect(staleLine(written, await copy.evaluate())).toBeUndefined();
  });

  it('deploy a trigger of every kind without a change of theirs', async () => {
    const document = '{ document: "alerts/{alert}" }';
    const updated = 'google.cloud.firestore.document.v1.updated';
    copy.addStep('watch', `watch-on-alert: { step: watch, event: ${updated}, where: ${document} }`);
    copy.addStep('work', 'work-on-task: { step: work, queue: chores }');
    copy.addStep('hook', 'hook-on-request: { step: hook, http: true }');
    copy.addStep(
      'audit',
      `audit-on-write: { step: audit, event: google.cloud.audit.log.v1.written, where: { serviceName: storage.googleapis.com, methodName: storage.objects.create, resourceName: "projects/_/buckets/b/objects/*" } }`,
    );
    copy.addStep(
      'archive',
      'archive-on-upload: { step: archive, event: google.cloud.storage.object.v1.archived, where: { bucket: cold } }',
    );
    copy.replace(
      'functions/archive/function.yaml',
      'on: project }',
      'on: project }\n  - { role: roles/storage.objectViewer, on: bucket:cold }',
    );
    const deployment = await copy.evaluate();
    expect(checkDeployment(deployment)).toEqual([]);
    expect(find(deployment, 'google_storage_bucket.this["cold"]')).toMatchObject({
      name: 'demo-millrace-cold',
    });
    expect(find(deployment, 'google_cloud_tasks_queue.this["work-on-task"]')).toMatchObject({
      name: 'chores',
    });
    expect(find(deployment, 'module.trigger["audit-on-write"].google_eventarc_trigger.this')).toMatchObject({
      matching_criteria: expect.arrayContaining([
        {
          attribute: 'resourceName',
          value: 'projects/_/buckets/b/objects/*',
          operator: 'match-path-pattern',
        },
      ]),
    });
  });

  it('run workers where a trigger is pulled, and no function where nothing else wakes the step', async () => {
    const published = `event: ${PUBLISHED}`;
    copy.addStep(
      'pour',
      `pour-on-events: { step: pour, ${published}, topic: events, by: pull, ordered: true }`,
    );
    copy.append(
      'eventarc/triggers.yaml',
      `count-on-letters: { step: aggregate, ${published}, topic: dead-letters, by: streaming-pull, retry: { attempts: 7, min: 20s } }\n`,
    );
    const deployment = await copy.evaluate({ ...SETTINGS, worker_instances: { 'pour-on-events': 1 } });
    expect(checkDeployment(deployment)).toEqual([]);
    expect(find(deployment, 'module.step["pour"].google_cloudfunctions2_function.this[0]')).toBeUndefined();
    expect(
      find(deployment, 'module.step["aggregate"].google_cloudfunctions2_function.this[0]'),
    ).toBeDefined();
    expect(find(deployment, 'module.worker["pour-on-events"].google_pubsub_subscription.this')).toMatchObject(
      {
        name: 'millrace-worker-pour-on-events',
        enable_message_ordering: true,
      },
    );
    expect(
      find(deployment, 'module.worker["count-on-letters"].google_pubsub_subscription.this'),
    ).not.toHaveProperty('dead_letter_policy');
  });

  it.each([
    ['nam5', 'us-central1'],
    ['eur3', 'europe-west4'],
    ['europe-west1', 'europe-west1'],
  ])('put the triggers of a database in %s into %s', async (firestore_location, location) => {
    const created = 'google.cloud.firestore.document.v1.created';
    copy.addStep(
      'watch',
      `watch-on-alert: { step: watch, event: ${created}, where: { document: "alerts/{alert}" } }`,
    );
    const deployment = await copy.evaluate({ ...SETTINGS, region: 'us-east1', firestore_location });
    expect(find(deployment, 'module.trigger["watch-on-alert"].google_eventarc_trigger.this')).toMatchObject({
      location,
    });
    expect(checkDeployment(deployment)).toEqual([]);
  });

  it('open a step to the internet only when HTTP requests wake it, and let in only who is named', async () => {
    copy.addStep('hook', 'hook-on-request: { step: hook, http: true }');
    const named = { ...SETTINGS, http_invokers: { hook: ['allUsers'], tick: ['allUsers'] } };
    const problems = checkDeployment(await copy.evaluate(named));
    expect(problems).toEqual(['nothing asks for roles/run.invoker on service:hook to allUsers']);
  });

  it('let the step that routes events publish to the topics that take them', async () => {
    copy.append('eventarc/topics.yaml', 'large: { description: L, routed: true, readBy: a team }\n');
    const deployment = await copy.evaluate();
    expect(checkDeployment(deployment)).toEqual([]);
    const address =
      'module.step["enrich"].google_pubsub_topic_iam_member.this["roles/pubsub.publisher on topic:large"]';
    expect(find(deployment, address)).toMatchObject({ role: 'roles/pubsub.publisher' });
  });

  it('give the settings of one deployment precedence over function.yaml', async () => {
    const step_overrides = { tick: { memory: '8Gi', max_instances: 2, environment: { COLOUR: 'red' } } };
    const deployment = await copy.evaluate({ ...SETTINGS, step_overrides });
    expect(
      find(deployment, 'module.step["tick"].google_cloudfunctions2_function.this[0]')?.['service_config'],
    ).toMatchObject([
      {
        available_memory: '8Gi',
        available_cpu: '2',
        max_instance_count: 2,
        environment_variables: {
          COLOUR: 'red',
          GOOGLE_CLOUD_PROJECT: SETTINGS.project,
          GOOGLE_CLOUD_LOCATION: SETTINGS.region,
        },
      },
    ]);
  });

  it('refuse settings that cannot be meant, saying what they expect', async () => {
    const refused = (more: object) => copy.evaluate({ ...SETTINGS, ...more });
    await expect(refused({ project: '123456789012' })).rejects.toThrow('Expected a project id');
    await expect(refused({ region: 'eu' })).rejects.toThrow('Expected a region');
    await expect(refused({ step_overrides: { tikc: {} } })).rejects.toThrow('not under functions/');
    await expect(refused({ worker_image: 'docker.io/me/worker:latest' })).rejects.toThrow('@sha256:DIGEST');
    await expect(refused({ worker_instances: { 'tick-every-minute': 1 } })).rejects.toThrow(
      'no worker pulls',
    );
    copy.addStep('pour', `pour-on-events: { step: pour, event: ${PUBLISHED}, topic: events, by: pull }`);
    await expect(refused({ worker_image: undefined })).rejects.toThrow('worker_image is not set');
  });
});
