import { stepAccount, triggerAccount } from '../../eventarc/names.ts';
import type { Fields } from './applied.ts';
import { checkSchema } from './check-schema.ts';
import type { Deployment } from './deployment.ts';
import { type Expectation, expectedDelivery, expectedMain } from './expectations.ts';
import { checkGrants } from './grants.ts';
import type { Instance } from './hcl/module.ts';
import { expectedTables } from './tables.ts';

/** Everything that is wrong with a deployment, a line each; nothing when it is as the wiring says. */
export function checkDeployment(deployment: Deployment): string[] {
  const { main, delivery } = deployment;
  return [
    ...checkSchema([...main, ...delivery]),
    ...checkGrants(deployment),
    ...checkExpected([...expectedMain(deployment), ...expectedTables(deployment)], main),
    ...checkExpected(expectedDelivery(deployment), delivery),
    ...checkAccounts(deployment),
    ...checkPipelines(deployment),
    ...main.flatMap(checkProcessor),
    ...main.flatMap(checkBucket),
  ];
}

const nameOf = ({ fields }: Instance): string =>
  String(
    fields['name'] ??
      fields['subscription'] ??
      (fields['table_id'] ? `${fields['dataset_id']}.${fields['table_id']}` : fields['dataset_id']),
  );

function checkExpected(expected: readonly Expectation[], instances: readonly Instance[]): string[] {
  const types = new Set(expected.map(({ type }) => type));
  const surplus = instances.filter(
    instance =>
      types.has(instance.type) &&
      !expected.some(({ type, name }) => type === instance.type && name === nameOf(instance)),
  );
  const problems = surplus.map(({ address }) => `${address}: nothing in the wiring asks for it`);
  for (const { type, name, fields, ignored } of expected) {
    const found = instances.filter(instance => instance.type === type && nameOf(instance) === name);
    if (found.length !== 1) problems.push(`${found.length} ${type} named ${name}, expected 1`);
    for (const { address, configured, ignored: left } of found) {
      problems.push(...differences(fields, configured, address));
      if (ignored && String(left) !== String(ignored))
        problems.push(
          `${address} ignores changes of ${left.join(', ') || 'nothing'}, expected ${ignored.join(', ')}`,
        );
    }
  }
  return problems;
}

/** Where a value lacks something of what is expected. */
function differences(expected: unknown, found: unknown, place: string): string[] {
  if (Array.isArray(expected) && Array.isArray(found)) {
    if (expected.length !== found.length)
      return [`${place} has ${found.length} blocks, expected ${expected.length}`];
    const sorted = [expected, found].map(list => [...list].sort(byAttribute));
    return sorted[0]!.flatMap((item, i) => differences(item, sorted[1]![i], place));
  }
  if (isFields(expected) && isFields(found)) {
    return Object.entries(expected).flatMap(([key, item]) =>
      differences(item, found[key], `${place} ${key}`),
    );
  }
  if (String(expected) === String(found)) return [];
  return [
    `${place} is ${JSON.stringify(found) ?? 'missing'}, expected ${JSON.stringify(expected) ?? 'none'}`,
  ];
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** Matching criteria are a set. */
function byAttribute(a: unknown, b: unknown): number {
  const [one, other] = [a, b].map(item => String((item as Fields | null)?.['attribute']));
  return one! < other! ? -1 : 1;
}

/** One account per step and one per trigger, and that of the builds. */
function checkAccounts({ main, wiring, project }: Deployment): string[] {
  const expected = [
    `millrace-build@${project}.iam.gserviceaccount.com`,
    ...wiring.steps.map(({ name }) => stepAccount(name, project)),
    ...wiring.triggers.flatMap(({ kind, name }) =>
      kind === 'http' || kind === 'worker' ? [] : [triggerAccount(name, project)],
    ),
  ].sort();
  const found = main.flatMap(({ type, fields }) =>
    type === 'google_service_account' ? [String(fields['email'])] : [],
  );
  const [is, should] = [found.sort().join(', '), expected.join(', ')];
  return is === should ? [] : [`the service accounts are ${is}, expected ${should}`];
}

/** Every object that the build has compiled is uploaded under its name. */
function checkPipelines({ main, objects, project }: Deployment): string[] {
  const uploaded = main.flatMap(({ type, fields }) =>
    type === 'google_storage_bucket_object' && fields['bucket'] === `${project}-pipelines`
      ? [fields['name']]
      : [],
  );
  return objects
    .filter(object => !uploaded.includes(object))
    .map(object => `the pipelines' object ${object} is not uploaded`);
}

/** Cloud Run refuses several requests at once on a part of a processor. */
function checkProcessor({ address, type, configured }: Instance): string[] {
  if (type !== 'google_cloudfunctions2_function') return [];
  const [config = {}] = (configured['service_config'] ?? []) as readonly Fields[];
  const [cpu, concurrency] = [
    Number(config['available_cpu']),
    Number(config['max_instance_request_concurrency']),
  ];
  return concurrency > 1 && !(cpu >= 1)
    ? [`${address} has ${cpu} of a processor for ${concurrency} requests`]
    : [];
}

function checkBucket({ address, type, configured }: Instance): string[] {
  if (type !== 'google_storage_bucket') return [];
  const expected = { public_access_prevention: 'enforced', uniform_bucket_level_access: true };
  return differences(expected, configured, address);
}
