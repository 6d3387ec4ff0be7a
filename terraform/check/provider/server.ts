import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import type { Attribute, Block, BlockType, ProviderSchema } from '../schema.ts';
import { decode, encode, type Wire } from './msgpack.ts';
import { blank, planned, settled } from './resources.ts';

interface Dynamic {
  msgpack?: Uint8Array;
}
/** The fields of all requests; each call has some of them. */
interface Request {
  typeName: string;
  id: string;
  config: Dynamic;
  currentState: Dynamic;
  priorState: Dynamic;
  proposedNewState: Dynamic;
  plannedState: Dynamic;
  rawState: { json: Uint8Array };
}
type Handler = (request: Request) => object | Promise<object>;

/** A resource in the order in which the applies came to an end. */
export interface AppliedResource {
  readonly type: string;
  readonly fields: Readonly<Record<string, Wire>>;
}

export interface SchemaProvider {
  /** For the environment variable TF_REATTACH_PROVIDERS. */
  readonly reattach: string;
  /** What has been created or changed so far. */
  readonly applied: readonly AppliedResource[];
  close(): void;
}

/**
 * Serves a provider that has a schema and no cloud: what it applies it only remembers in Terraform's own state.
 * @param delay milliseconds that an apply takes: who does not wait for it comes too early, and can be told
 * @see https://developer.hashicorp.com/terraform/plugin/debugging#terraform-cli-development-overrides
 */
export async function serveSchema(
  schema: ProviderSchema,
  delay: (resource: AppliedResource) => number = () => 0,
): Promise<SchemaProvider> {
  const root = protobuf.loadSync(join(import.meta.dirname, 'tfplugin5.proto'));
  const server = new grpc.Server();
  const applied: AppliedResource[] = [];
  const handlers = handlersOf(schema, async (type, fields) => {
    await setTimeout(delay({ type, fields }));
    applied.push({ type, fields });
  });
  const { methods } = root.lookupService('tfplugin5.Provider');
  const definition: Record<string, grpc.MethodDefinition<object, object>> = {};
  const implementation: grpc.UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(methods)) {
    const request = root.lookupType(`tfplugin5.${method.requestType}`);
    const response = root.lookupType(`tfplugin5.${method.responseType}`);
    definition[name] = {
      path: `/tfplugin5.Provider/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (value: object) => Buffer.from(request.encode(request.create(value)).finish()),
      requestDeserialize: (bytes: Buffer) => request.toObject(request.decode(bytes)),
      responseSerialize: (value: object) => Buffer.from(response.encode(response.create(value)).finish()),
      responseDeserialize: (bytes: Buffer) => response.toObject(response.decode(bytes)),
    };
    const handle = handlers[name] ?? (() => ({}));
    implementation[name] = ((call: { request: Request }, done: grpc.sendUnaryData<object>) => {
      Promise.try(handle, call.request).then(
        answer => done(null, answer),
        (error: Error) => {
          const details = `${name} of ${call.request.typeName}: ${error.message}`;
          done({ code: grpc.status.INTERNAL, details });
        },
      );
    }) as grpc.UntypedHandleCall;
  }
  server.addService(definition, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const provider = {
    Protocol: 'grpc',
    ProtocolVersion: 5,
    Pid: process.pid,
    Test: true,
    Addr: { Network: 'tcp', String: `127.0.0.1:${port}` },
  };
  return {
    reattach: JSON.stringify({ 'registry.terraform.io/hashicorp/google': provider }),
    applied,
    close: () => server.forceShutdown(),
  };
}

function handlersOf(
  { provider, resources, data }: ProviderSchema,
  onApplied: (type: string, fields: AppliedResource['fields']) => Promise<void>,
): Readonly<Record<string, Handler>> {
  const resource = (type: string): Block => resources[type] ?? { attributes: {}, blocks: {} };
  return {
    GetSchema: () => ({
      provider: schemaOf(provider),
      resourceSchemas: mapOf(resources, schemaOf),
      dataSourceSchemas: mapOf(data, schemaOf),
    }),
    PrepareProviderConfig: ({ config }) => ({ preparedConfig: config }),
    UpgradeResourceState: ({ typeName, rawState }) => {
      const state = JSON.parse(Buffer.from(rawState.json).toString()) as { [key: string]: Wire };
      return { upgradedState: written(blank(resource(typeName), state)) };
    },
    ReadResource: ({ currentState }) => ({ newState: currentState }),
    PlanResourceChange: ({ typeName, priorState, proposedNewState }) => {
      const proposed = read(proposedNewState);
      const state =
        proposed === null ? null : planned(typeName, resource(typeName), read(priorState), proposed);
      return { plannedState: written(state), legacyTypeSystem: true };
    },
    ApplyResourceChange: async ({ typeName, plannedState }) => {
      const state = read(plannedState);
      const applied = state === null ? null : settled(typeName, resource(typeName), state);
      if (applied !== null) await onApplied(typeName, applied as AppliedResource['fields']);
      return { newState: written(applied), legacyTypeSystem: true };
    },
    ImportResourceState: ({ typeName, id }) => {
      const state = blank(resource(typeName), { id, name: id.split('/').at(-1) ?? id });
      return { importedResources: [{ typeName, state: written(state) }] };
    },
    ReadDataSource: ({ typeName, config }) => {
      const block = data[typeName] ?? { attributes: {}, blocks: {} };
      return { state: written(settled(typeName, block, read(config))) };
    },
  };
}

const read = (value: Dynamic): Wire => decode(value.msgpack ?? Uint8Array.of(0xc0));
const written = (value: Wire): Dynamic => ({ msgpack: encode(value) });

function mapOf<T, U>(record: Readonly<Record<string, T>>, convert: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, convert(value)]));
}

const schemaOf = (block: Block): object => ({ version: 0, block: blockOf(block) });

/** Numbers of Schema.NestedBlock.NestingMode. */
const NESTING: Readonly<Record<BlockType['nesting'], number>> = { single: 1, list: 2, set: 3 };

function blockOf({ attributes, blocks }: Block): object {
  return {
    attributes: Object.entries(attributes).map(([name, { type, mode }]) => ({
      name,
      type: Buffer.from(ctyType(type)),
      required: mode === 'required',
      optional: mode.startsWith('optional'),
      computed: mode.endsWith('computed'),
    })),
    blockTypes: Object.entries(blocks).map(([name, block]) => ({
      typeName: name,
      block: blockOf(block),
      nesting: NESTING[block.nesting],
      minItems: block.min,
      maxItems: block.max,
    })),
  };
}

/** Terraform writes types as JSON: "string", ["map","string"]. */
function ctyType(type: Attribute['type']): string {
  const [, kind, of] = /^(\w+)\((\w+)\)$/.exec(type) ?? [];
  return JSON.stringify(kind === undefined ? type : [kind, of]);
}
