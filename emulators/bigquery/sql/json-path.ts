const STEP =
  /\.([A-Za-z_][\w-]*|\d[\w-]*)|\."((?:[^"\\]|\\.)*)"|\[\s*(\d+)\s*\]|\[\s*'((?:[^'\\]|\\.)*)'\s*\]|\[\s*"((?:[^"\\]|\\.)*)"\s*\]/y;
const known = new Map<string, readonly (string | number)[]>();

/** The names and indexes of a JSONPath: `$.a[0]."b.c"`. @throws Error */
export function readPath(path: string): readonly (string | number)[] {
  const cached = known.get(path);
  if (cached) return cached;
  if (!path.startsWith('$')) throw new Error(`JSONPath must start with '$'`);
  const steps: (string | number)[] = [];
  for (let at = 1; at < path.length; at = STEP.lastIndex) {
    STEP.lastIndex = at;
    const found = STEP.exec(path);
    if (!found) throw new Error(`Invalid token in JSONPath at: ${path.slice(at)}`);
    const [, word, quoted, index, single, double] = found;
    const name = word ?? quoted ?? single ?? double;
    steps.push(index === undefined ? name!.replace(/\\(.)/g, '$1') : Number(index));
  }
  if (known.size > 1000) known.clear();
  known.set(path, steps);
  return steps;
}
