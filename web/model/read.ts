/** Readers of documents, whose contents nobody vouches for: what is not of the kind asked for is undefined. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function map(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** ms since the epoch, of a Firestore timestamp or of RFC 3339 text. */
export function millis(value: unknown): number | undefined {
  if (typeof value === 'string') return number(Date.parse(value));
  const { toMillis } = map(value) as { toMillis?: unknown };
  return typeof toMillis === 'function' ? number(toMillis.call(value)) : undefined;
}

export function oneOf<T extends string>(value: unknown, known: readonly T[], otherwise: T): T {
  return known.find(one => one === value) ?? otherwise;
}

/** What lies at `a.b.c`. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => map(inner)[name], value);
}
