import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/**
 * Generated message classes, a third of all the code, twice over. They are there for programs that name messages
 * themselves: the client works from the JSON descriptors beside them. Firestore's, in contrast, are used by its client.
 */
const CLASSES = /node_modules\/@google-cloud\/pubsub(-api)?\/build\/protos\/protos\.js$/;

/** What stands in their place says so, should a step ever ask for one. */
const STAND_IN = `Object.defineProperty(exports, 'google', {
  enumerable: true,
  get() { throw new Error("Pub/Sub's message classes are not in the archive: see build/leave-out.ts."); },
});`;

const DESCRIPTORS = /node_modules\/@google-cloud\/(firestore|pubsub)-api\/build\/protos\/protos\.json$/;

/**
 * Descriptors that no call of a step needs, though each start would turn them into a schema: of the administration of
 * databases, and of descriptors and annotations themselves.
 */
const UNUSED: readonly RegExp[] = [
  /^google\.(api|longrunning|firestore\.admin)$/,
  /^google\.protobuf\.(File|Enum|Field|Oneof|Service|Method|Message|ExtensionRange)?(Descriptor|Options|DescriptorProto|DescriptorSet)$/,
  /^google\.protobuf\.(Edition|EnumValueDescriptorProto|EnumValueOptions|UninterpretedOption|FeatureSet|FeatureSetDefaults|SourceCodeInfo|GeneratedCodeInfo|SymbolVisibility)$/,
];

interface Namespace {
  readonly nested?: Record<string, Namespace>;
}

function withoutUnused(namespace: Namespace, path = ''): Namespace {
  if (!namespace.nested) return namespace;
  const kept = Object.entries(namespace.nested)
    .map(([name, inner]) => [name, path ? `${path}.${name}` : name, inner] as const)
    .filter(([, full]) => !UNUSED.some(pattern => pattern.test(full)))
    .map(([name, full, inner]) => [name, withoutUnused(inner, full)] as const);
  return { ...namespace, nested: Object.fromEntries(kept) };
}

export const leaveOut: Plugin = {
  name: 'leave-out',
  setup({ onLoad }) {
    onLoad({ filter: CLASSES }, () => ({ contents: STAND_IN, loader: 'js' }));
    onLoad({ filter: DESCRIPTORS }, ({ path }) => {
      const descriptors = JSON.parse(readFileSync(path, 'utf8')) as Namespace;
      return { contents: JSON.stringify(withoutUnused(descriptors)), loader: 'json' };
    });
  },
};
