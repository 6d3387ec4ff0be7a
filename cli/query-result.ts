import type { Field } from '../emulators/bigquery/types.ts';

/** A cell as the REST API sends it: `{v: text | null | cells | {f: cells}}`. */
export interface Cell {
  readonly v: unknown;
}
export interface Row {
  readonly f: readonly Cell[];
}
/** A column of a result; modes are missing where they are NULLABLE. */
export type ResultField = Pick<Field, 'name'> & {
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly ResultField[];
};

const NUMBERS: readonly string[] = ['INTEGER', 'INT64', 'FLOAT', 'FLOAT64'];

/** A row as JSON: numbers where they keep every digit, structs as objects, everything else as the API writes it. */
export function jsonOf({ f }: Row, fields: readonly ResultField[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((field, at) => [field.name, plain(f[at]?.v ?? null, field)]));
}

function plain(value: unknown, field: ResultField): unknown {
  if (value === null) return field.mode === 'REPEATED' ? [] : null;
  if (field.mode === 'REPEATED')
    return (value as readonly Cell[]).map(({ v }) => plain(v, { ...field, mode: 'NULLABLE' }));
  if (field.fields) return jsonOf(value as Row, field.fields);
  const text = String(value);
  if (field.type === 'BOOLEAN' || field.type === 'BOOL') return text === 'true';
  if (field.type === 'TIMESTAMP') return timestamp(text);
  if (field.type === 'JSON') return JSON.parse(text);
  if (!NUMBERS.includes(field.type)) return text;
  const number = Number(text);
  const exact = field.type.startsWith('INT') ? Number.isSafeInteger(number) : Number.isFinite(number);
  return exact ? number : text;
}

/** The API sends microseconds since 1970. */
function timestamp(text: string): string {
  if (!/^-?\d+$/.test(text)) return text;
  const micros = BigInt(text);
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(6, '0').replace(/0{3}$/, '')}`;
  return `${new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, 19)}${fraction}Z`;
}

/** A value in a cell of a printed table. */
export function cellText(value: unknown): string | number {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `1.5 GiB` */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const size = bytes / 1024 ** power;
  return `${power === 0 ? size : size.toFixed(1)} ${UNITS[power]}`;
}
