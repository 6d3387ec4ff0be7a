/** The paths of a REST API: `:x` takes one segment, a last `*` what follows. */
export interface Pattern {
  readonly segments: readonly string[];
  readonly open: boolean;
}

export function pattern(path: string): Pattern {
  const segments = path.slice(1).split('/');
  const open = segments.at(-1) === '*';
  return { segments: open ? segments.slice(0, -1) : segments, open };
}

/** Segments by name, decoded already; undefined where the path is another. */
export function match(
  { segments, open }: Pattern,
  path: readonly string[],
): Record<string, string> | undefined {
  if (open ? path.length < segments.length : path.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, segment] of segments.entries()) {
    const value = path[at]!;
    if (segment.startsWith(':')) params[segment.slice(1)] = value;
    else if (segment !== value) return undefined;
  }
  return params;
}

/**
 * The segments of a path as on the wire.
 * @param refuse makes the error for one that is no percent-encoded UTF-8
 */
export function segmentsOf(path: string, refuse: (message: string) => Error): string[] {
  return path
    .slice(1)
    .split('/')
    .map(segment => {
      try {
        return decodeURIComponent(segment);
      } catch {
        throw refuse(`Invalid path segment '${segment}': expected percent-encoded UTF-8`);
      }
    });
}
