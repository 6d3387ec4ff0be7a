/** Files of the Google clients, below node_modules, and the CommonJS that stands in their place. */
interface Part {
  readonly files: readonly string[];
  readonly contents: string;
}

const refusal = (what: string): string =>
  `throw new Error(${JSON.stringify(`${what} are not in the archive: see build/unused-parts.ts.`)});`;

/** The export is there, and says what is missing when it is read. */
const absent = (name: string, what: string): string =>
  `Object.defineProperty(exports, '${name}', { enumerable: true, get() { ${refusal(what)} } });`;

/** A class that says what is missing when one is made. */
const refusing = (name: string, what: string): string =>
  `exports.${name} = class { constructor() { ${refusal(what)} } };`;

/** Can be made and closed, as each client does with it; whatever else is called says what is missing. */
const idle = (name: string, what: string): string =>
  `const idle = { get(_, call) { if (call === 'close') return async () => {}; ${refusal(what)} } };
exports.${name} = class { constructor() { return new Proxy(this, idle); } };`;

/**
 * What each start would load, run or turn into schemas although no step calls it: two thirds of the code. The generated
 * message classes are for programs that name messages themselves; the clients work from the JSON descriptors beside them.
 */
export const UNUSED_PARTS: readonly Part[] = [
  {
    files: [
      '@google-cloud/firestore-api/build/protos/protos.js',
      '@google-cloud/pubsub/build/protos/protos.js',
      '@google-cloud/pubsub-api/build/protos/protos.js',
      'google-gax/build/protos/iam_service.js',
      'google-gax/build/protos/locations.js',
      'google-gax/build/protos/operations.js',
    ],
    contents: absent('google', 'Message classes'),
  },
  {
    // Firestore's client reads this one class as it loads, and calls it for pipeline queries only.
    files: ['@google-cloud/firestore/build/protos/firestore_v1_proto_api.js'],
    contents: `exports.google = { firestore: { v1: { Value: { fromObject() { ${refusal('Pipeline queries')} } } } } };
${absent('firestore', 'Bundles')}`,
  },
  {
    files: ['@google-cloud/firestore-api/build/src/v1/firestore_admin_client.js'],
    contents: refusing('FirestoreAdminClient', 'Calls that administrate databases'),
  },
  {
    files: ['google-gax/build/src/operationsClient.js'],
    contents: refusing('OperationsClient', 'Calls about long-running operations'),
  },
  {
    files: ['google-gax/build/src/iamService.js'],
    contents: idle('IamClient', 'Calls about policies'),
  },
  {
    files: ['google-gax/build/src/locationService.js'],
    contents: idle('LocationsClient', 'Calls about locations'),
  },
];
