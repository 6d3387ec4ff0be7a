import type { Path } from './pipeline.ts';

const SEGMENT = /^([A-Za-z_][\w-]*|\[\d+\])/;

/**
 * Reads `geometry.coordinates[2]` into its segments.
 * @throws Error that says where the path stops making sense
 */
export function parsePath(text: string): Path {
  const path: (string | number)[] = [];
  let rest = text;
  while (rest) {
    if (path.length > 0 && rest.startsWith('.')) rest = rest.slice(1);
    else if (path.length > 0 && !rest.startsWith('[')) throw badPath(text, rest);
    const segment = SEGMENT.exec(rest)?.[0];
    if (!segment) throw badPath(text, rest);
    path.push(segment.startsWith('[') ? Number(segment.slice(1, -1)) : segment);
    rest = rest.slice(segment.length);
  }
  if (path.length === 0) throw badPath(text, '');
  return path;
}

/** The value at a path, or undefined where the way ends early. Own properties only. */
export function valueAt(record: unknown, path: Path): unknown {
  let value = record;
  for (const segment of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return value;
}

/** The same as a function of the record, made once for many records. */
export function readerOf(path: Path): (record: unknown) => unknown {
  const [only] = path;
  if (path.length !== 1 || only === undefined) return record => valueAt(record, path);
  return record =>
    record !== null && typeof record === 'object' && Object.hasOwn(record, only)
      ? (record as Record<string | number, unknown>)[only]
      : undefined;
}

export function formatPath(path: Path): string {
  return path.map((part, at) => (typeof part === 'number' ? `[${part}]` : at ? `.${part}` : part)).join('');
}

function badPath(text: string, rest: string): Error {
  return new Error(
    `"${text}" is no path${rest ? ` from "${rest}" on` : ''}; expected one like properties.mag or tags[0]`,
  );
}
