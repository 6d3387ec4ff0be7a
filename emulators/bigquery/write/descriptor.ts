import protobuf from 'protobufjs';

/** As far as rows need it: {@link https://protobuf.dev/reference/protobuf/google.protobuf/#descriptor-proto}, with enums as numbers. */
export interface Descriptor {
  readonly name?: string;
  readonly field?: readonly FieldDescriptor[];
  readonly nestedType?: readonly Descriptor[];
  readonly enumType?: readonly { readonly name?: string; readonly value?: readonly EnumValue[] }[];
}
interface FieldDescriptor {
  readonly name?: string;
  readonly number?: number;
  readonly label?: number | string;
  readonly type?: number | string;
  readonly typeName?: string;
}
interface EnumValue {
  readonly name?: string;
  readonly number?: number;
}

/** Scalar types by their numbers in FieldDescriptorProto.Type. */
const SCALARS: readonly string[] = [
  '',
  'double',
  'float',
  'int64',
  'uint64',
  'int32',
  'fixed64',
  'fixed32',
  'bool',
  'string',
  '',
  '',
  'bytes',
  'uint32',
  '',
  'sfixed32',
  'sfixed64',
  'sint32',
  'sint64',
];
const REPEATED = 3;

/** A message type out of its own description: of a row, as its writer encodes it. @throws Error where it is incomplete */
export function messageType(descriptor: Descriptor): protobuf.Type {
  const type = define(descriptor, 'Row');
  new protobuf.Root().add(type);
  type.resolveAll();
  return type;
}

function define(descriptor: Descriptor, fallback: string): protobuf.Type {
  const type = new protobuf.Type(descriptor.name || fallback);
  for (const nested of descriptor.nestedType ?? []) type.add(define(nested, 'Nested'));
  for (const { name = 'Enum', value = [] } of descriptor.enumType ?? [])
    type.add(
      new protobuf.Enum(name, Object.fromEntries(value.map(one => [one.name ?? '', one.number ?? 0]))),
    );
  for (const field of descriptor.field ?? []) {
    const scalar = SCALARS[Number(field.type)];
    const named = field.typeName?.split('.').at(-1);
    const kind = scalar || named;
    if (!kind || field.name === undefined || field.number === undefined)
      throw new Error(
        `The field ${field.name ?? field.number} of ${type.name} has no type that is known here`,
      );
    type.add(
      new protobuf.Field(
        field.name,
        field.number,
        kind,
        Number(field.label) === REPEATED ? 'repeated' : 'optional',
      ),
    );
  }
  return type;
}
