/**
 * Writes schema.json from the package @cdktf/provider-google, whose sources (in its source maps) state of every argument
 * what the provider's own schema states. That package is frozen at google 6.50: what is newer stands in PATCHES.
 *
 *     npm pack @cdktf/provider-google@16.12.1 && tar xzf cdktf-provider-google-16.12.1.tgz
 *     node terraform/check/derive-schema.ts package > terraform/check/schema.json
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attribute, Block, BlockType, ProviderSchema } from './schema.ts';

const RESOURCES = [
  'artifact-registry-repository',
  'artifact-registry-repository-iam-member',
  'bigquery-dataset',
  'bigquery-dataset-iam-member',
  'bigquery-table',
  'cloud-run-v2-service-iam-member',
  'cloud-run-v2-worker-pool',
  'cloud-scheduler-job',
  'cloud-tasks-queue',
  'cloudfunctions2-function',
  'eventarc-trigger',
  'firebaserules-release',
  'firebaserules-ruleset',
  'firestore-database',
  'firestore-field',
  'firestore-index',
  'kms-crypto-key-iam-member',
  'project-iam-member',
  'project-service',
  'pubsub-subscription',
  'pubsub-subscription-iam-member',
  'pubsub-topic',
  'pubsub-topic-iam-member',
  'service-account',
  'service-account-iam-member',
  'storage-bucket',
  'storage-bucket-iam-member',
  'storage-bucket-object',
] as const;
const DATA = ['project', 'storage-project-service-account'] as const;

const optional = (type: Attribute['type']): Attribute => ({ type, mode: 'optional' });
const probeBlock = (attributes: Block['attributes'], blocks: Block['blocks'] = {}): BlockType => ({
  nesting: 'list',
  min: 0,
  max: 1,
  attributes,
  blocks,
});

const LIVENESS_PROBE = probeBlock(
  {
    failure_threshold: optional('number'),
    initial_delay_seconds: optional('number'),
    period_seconds: optional('number'),
    timeout_seconds: optional('number'),
  },
  {
    grpc: probeBlock({ port: optional('number'), service: optional('string') }),
    http_get: probeBlock(
      { path: optional('string'), port: optional('number') },
      {
        http_headers: {
          ...probeBlock({ name: { type: 'string', mode: 'required' }, value: optional('string') }),
          max: 0,
        },
      },
    ),
    tcp_socket: probeBlock({ port: optional('number') }),
  },
);

/** What provider 7 has changed among the arguments of these types. */
const PATCHES: readonly ((schema: ProviderSchema) => void)[] = [
  // 7.0: the service's name is no longer an argument.
  ({ resources }) => {
    const config = resources['google_cloudfunctions2_function']?.blocks['service_config'];
    if (config) config.attributes['service'] = { type: 'string', mode: 'computed' };
  },
  // 7.5: probes of worker pools.
  ({ resources }) => {
    const { template } = resources['google_cloud_run_v2_worker_pool']!.blocks;
    template!.blocks['containers']!.blocks['liveness_probe'] = LIVENESS_PROBE;
  },
];

function main(folder: string): void {
  const schema: ProviderSchema = {
    origin:
      'Derived by terraform/check/derive-schema.ts from @cdktf/provider-google 16.12.1 (hashicorp/google 6.50.0, MPL-2.0), ' +
      'with the changes of provider 7 listed there. Names, types and numbers of arguments only: no behaviour.',
    provider: blockOf(sourceOf(folder, 'provider'), 'GoogleProvider'),
    resources: Object.fromEntries(RESOURCES.map(name => [typeName(name), resourceOf(folder, name, '')])),
    data: Object.fromEntries(DATA.map(name => [typeName(name), resourceOf(folder, name, 'data-google-')])),
  };
  for (const patch of PATCHES) patch(schema);
  console.log(JSON.stringify(schema));
}

const typeName = (name: string): string => `google_${name.replaceAll('-', '_')}`;

function resourceOf(folder: string, name: string, prefix: string): Block {
  const source = sourceOf(folder, prefix + name);
  const [, owner = ''] =
    /export class (\w+) extends cdktf\.Terraform(?:Resource|DataSource|Provider)/.exec(source) ?? [];
  return blockOf(source, owner);
}

function sourceOf(folder: string, name: string): string {
  const text = readFileSync(join(folder, 'lib', name, 'index.js'), 'utf8');
  const map = text.slice(text.lastIndexOf('base64,') + 'base64,'.length).trim();
  const { sourcesContent } = JSON.parse(Buffer.from(map, 'base64').toString()) as {
    sourcesContent: string[];
  };
  return sourcesContent[0] ?? '';
}

/** The members of one generated class. Each begins with a comment such as "name - computed: false, optional: …". */
function blockOf(source: string, owner: string): Block {
  const start = source.indexOf(`export class ${owner} `);
  const end = source.indexOf('\n}\n', start);
  const members = source
    .slice(start, end)
    .split(/\n {2}\/\/ (?=\w+ - computed: )/)
    .slice(1);
  const block: Block = { attributes: {}, blocks: {} };
  for (const member of members) {
    const [, name = '', computed, optional, required] =
      /^(\w+) - computed: (\w+), optional: (\w+), required: (\w+)/.exec(member) ?? [];
    const is = {
      computed: computed === 'true',
      optional: optional === 'true',
      required: required === 'true',
    };
    const [, nested, isSet] = /= new (\w+)\(this, "\w+"(?:, (\w+))?\)/.exec(member) ?? [];
    if (nested === undefined || nested.endsWith('Map')) {
      block.attributes[name] = { type: typeOf(member), mode: modeOf(is) };
    } else if (is.computed && !is.optional) {
      block.attributes[name] = { type: 'dynamic', mode: 'computed' };
    } else {
      block.blocks[name] = blockTypeOf(source, nested, isSet, is.required);
    }
  }
  return block;
}

function blockTypeOf(
  source: string,
  nested: string,
  isSet: string | undefined,
  required: boolean,
): BlockType {
  const single = nested.endsWith('OutputReference');
  const owner = single ? nested : `${nested.replace(/List$/, '')}OutputReference`;
  const nesting = nested.endsWith('TimeoutsOutputReference') ? 'single' : isSet === 'true' ? 'set' : 'list';
  const bounds = nesting === 'single' ? { min: 0, max: 0 } : { min: required ? 1 : 0, max: single ? 1 : 0 };
  return { nesting, ...bounds, ...blockOf(source, owner) };
}

function modeOf(is: { computed: boolean; optional: boolean; required: boolean }): Attribute['mode'] {
  if (is.required) return 'required';
  if (!is.optional) return 'computed';
  return is.computed ? 'optional+computed' : 'optional';
}

/** By the declared type, else by the getter. */
function typeOf(member: string): Attribute['type'] {
  const [, declared = ''] = /private _\w+\?: (.+?);/.exec(member) ?? [];
  const [, getter = ''] = /this\.get(\w+)Attribute\(/.exec(member) ?? [];
  if (/StringMap\(|\{ \[key: string\]: string \}|StringMap/.test(declared + member)) return 'map(string)';
  if (declared.includes('string[]') || getter === 'List') {
    return member.includes('Fn.tolist(') ? 'set(string)' : 'list(string)';
  }
  if (declared.includes('number[]') || getter === 'NumberList') return 'list(number)';
  if (declared.startsWith('boolean') || getter === 'Boolean') return 'bool';
  if (declared === 'number' || getter === 'Number') return 'number';
  return 'string';
}

if (import.meta.main) main(process.argv[2] ?? 'package');
