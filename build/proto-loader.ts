import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

const SOURCE = /node_modules\/@grpc\/proto-loader\/build\/src\/index\.js$/;

/**
 * With the services, which are all that a client is made of, the loader describes every message and file for servers that
 * offer reflection: that is most of its work, at each start, and a schema of schemas besides. What stands in its source,
 * once each, and what is to stand there.
 */
const EDITS: readonly (readonly [from: string, to: string])[] = [
  ['require("protobufjs/ext/descriptor")', 'undefined'],
  ["root.toDescriptor('proto3').file", '[]'],
  ['requestType: createMessageDefinition(requestType, options, fileDescriptors),', ''],
  ['responseType: createMessageDefinition(responseType, options, fileDescriptors),', ''],
  [
    'def[name] = createDefinition(obj, name, options, bufferList);',
    'if (obj instanceof Protobuf.Service) def[name] = createServiceDefinition(obj, name, options);',
  ],
  // Types that .proto files may import: the clients bring JSON that is complete.
  ['(0, util_1.addCommonProtos)();', ''],
];

/** Lets gRPC's loader of descriptors make services alone. @throws when a new release of it is written in another way */
export const protoLoader: Plugin = {
  name: 'proto-loader',
  setup({ onLoad }) {
    onLoad({ filter: SOURCE }, ({ path }) => ({
      contents: EDITS.reduce(
        (source, [from, to]) => {
          if (source.split(from).length === 2) return source.replace(from, to);
          throw new Error(`${path} has not "${from}" once: see build/proto-loader.ts.`);
        },
        readFileSync(path, 'utf8'),
      ),
    }));
  },
};
