import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';
import type { Role, Step } from '../eventarc/wiring.ts';
import { UNUSED_PARTS } from './unused-parts.ts';

const DESCRIPTORS =
  /node_modules\/@google-cloud\/(firestore-api|pubsub-api|tasks|bigquery-storage)\/build\/protos\/protos\.json$/;

/** Descriptors that no call of a step needs, though each start would turn them into a schema: other versions, administration. */
const OTHERS =
  /^google\.(api|longrunning|firestore\.admin|cloud\.tasks\.v2beta\d|cloud\.bigquery\.storage\.v1(alpha|beta\d?))$/;
/** Descriptors of descriptors and annotations themselves. */
const OF_DESCRIPTORS =
  /^google\.protobuf\.\w*(Descriptor\w*|Options?|FeatureSet\w*|CodeInfo|Edition|Visibility)$/;
/** A row of the Storage Write API is sent with its descriptor. */
const SENDS_DESCRIPTORS = /bigquery-storage/;

interface Namespace {
  readonly nested?: Record<string, Namespace>;
}

function withoutUnused(namespace: Namespace, unused: readonly RegExp[], path = ''): Namespace {
  if (!namespace.nested) return namespace;
  const kept = Object.entries(namespace.nested)
    .map(([name, inner]) => [name, path ? `${path}.${name}` : name, inner] as const)
    .filter(([, full]) => !unused.some(pattern => pattern.test(full)))
    .map(([name, full, inner]) => [name, withoutUnused(inner, unused, full)] as const);
  return { ...namespace, nested: Object.fromEntries(kept) };
}

/** The clients that a step may need, and the roles without which the cloud lets it use them for nothing. */
const CLIENTS = {
  Firestore: { package: '@google-cloud/firestore', roles: /^roles\/datastore\./ },
  PubSub: { package: '@google-cloud/pubsub', roles: /^roles\/pubsub\./ },
  // It also has URLs signed in the account's name.
  Storage: {
    package: '@google-cloud/storage',
    roles: /^roles\/(storage\.|iam\.serviceAccountTokenCreator$)/,
  },
  getAuth: { package: 'firebase-admin/auth', roles: /^roles\/firebaseauth\./ },
  BigQuery: { package: '@google-cloud/bigquery', roles: /^roles\/bigquery\./ },
  CloudTasksClient: { package: '@google-cloud/tasks', roles: /^roles\/cloudtasks\./ },
} as const;

/** The clients that none of the roles is for; none where a role is of another kind, since it may be for any. */
function unusable(roles: readonly Role[]): [name: string, { readonly package: string }][] {
  const clients = Object.entries(CLIENTS);
  const known = roles.every(({ role }) => clients.some(([, client]) => client.roles.test(role)));
  return known ? clients.filter(([, client]) => !roles.some(({ role }) => client.roles.test(role))) : [];
}

function clientStandIn(name: string, step: string): string {
  const reason = `functions/${step}/function.yaml declares no role for ${name}, so its client is not in the archive.`;
  return `exports.${name} = class { constructor() { throw new Error(${JSON.stringify(reason)}); } };`;
}

/** A step, with the roles of its function.yaml. */
export type Bundled = Pick<Step, 'name' | 'roles'>;

/** Keeps out of a step's bundle what it cannot use. */
export function leaveOut({ name: step, roles }: Bundled): Plugin {
  return {
    name: 'leave-out',
    setup({ onLoad, onResolve }) {
      for (const [name, client] of unusable(roles)) {
        const filter = new RegExp(`^${client.package}$`);
        onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }));
        onLoad({ filter, namespace: 'left-out' }, () => ({ contents: clientStandIn(name, step) }));
      }
      for (const { files, contents } of UNUSED_PARTS) {
        const filter = new RegExp(`node_modules/(${files.map(RegExp.escape).join('|')})$`);
        onLoad({ filter }, () => ({ contents }));
      }
      onLoad({ filter: DESCRIPTORS }, ({ path }) => {
        const descriptors = JSON.parse(readFileSync(path, 'utf8')) as Namespace;
        const unused = SENDS_DESCRIPTORS.test(path) ? [OTHERS] : [OTHERS, OF_DESCRIPTORS];
        return { contents: JSON.stringify(withoutUnused(descriptors, unused)), loader: 'json' };
      });
    },
  };
}
