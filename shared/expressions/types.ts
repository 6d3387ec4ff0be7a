/** What a value may be, as far as a record's schema or a measure says. */
export type ExpressionType =
  | 'number'
  | 'text'
  | 'bool'
  | 'time'
  /** Nothing is known of it, or it may be null. */
  | 'any'
  | { readonly list: ExpressionType }
  | { readonly fields: Types };

export type Types = Readonly<Record<string, ExpressionType>>;

const NAMES = {
  number: 'double',
  text: 'string',
  bool: 'bool',
  time: 'google.protobuf.Timestamp',
  any: 'dyn',
} as const;

/** A type as the CEL library has it: a name, or an object of such. */
export type CelType = string | { readonly [field: string]: CelType };

export function celType(type: ExpressionType): CelType {
  if (typeof type === 'string') return NAMES[type];
  if ('fields' in type) {
    return Object.fromEntries(Object.entries(type.fields).map(([name, field]) => [name, celType(field)]));
  }
  const inner = celType(type.list);
  return typeof inner === 'string' ? `list<${inner}>` : 'list<dyn>';
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(double|int|uint)$/, 'a number'],
  [/^string$/, 'text'],
  [/^bool$/, 'true or false'],
  [/^null(_type)?$/, 'null'],
  [/^list\b/, 'a list'],
  [/Timestamp$/, 'a time'],
  [/Duration$/, 'a duration'],
  [/^dyn$/, 'anything'],
];

/** A type of the library in words; what has fields is an object. */
export function typeInWords(name: string): string {
  const bare = name.replace(/^dyn<(.*)>$/, '$1');
  return WORDS.find(([is]) => is.test(bare))?.[1] ?? 'an object';
}
