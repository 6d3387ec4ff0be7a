import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  visit,
} from 'yaml';
import type { YamlPath } from './problem.ts';

/** Line and column, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Whether a position is wanted of the key that names a value, or of the value itself. */
export type Part = 'key' | 'value';

/** Where the node at `path` stands; of the nearest existing ancestor when there is none. */
export function positionOf(document: Document, lines: LineCounter, path: YamlPath, part: Part): Position {
  let node: Node | null = document.contents;
  let key: Node | undefined;
  for (const segment of path) {
    const found = child(node, segment);
    if (found === undefined) break;
    node = found.value;
    key = found.key;
  }
  const wanted = part === 'key' ? (key ?? node) : (node ?? key);
  return at(lines, wanted?.range?.[0] ?? 0);
}

function child(node: Node | null, segment: string | number) {
  if (isMap(node)) {
    const pair = node.items.find(item => isScalar(item.key) && String(item.key.value) === String(segment));
    if (pair === undefined) return undefined;
    return { key: pair.key as Node, value: isNode(pair.value) ? pair.value : null };
  }
  const item = isSeq(node) ? node.items[Number(segment)] : undefined;
  return isNode(item) ? { key: item, value: item } : undefined;
}

/** Keys that stand twice in one map: the second one and where the first is. */
export function duplicateKeys(document: Document, lines: LineCounter) {
  const found: { key: string; path: YamlPath; position: Position; first: Position }[] = [];
  visit(document, {
    Map(_, map, ancestors) {
      const seen = new Map<string, Position>();
      for (const { key } of map.items) {
        if (!isScalar(key) || !key.range) continue;
        const name = String(key.value);
        const position = at(lines, key.range[0]);
        const first = seen.get(name);
        if (first === undefined) seen.set(name, position);
        else {
          const above = ancestors.flatMap(a => (isPair(a) && isScalar(a.key) ? [String(a.key.value)] : []));
          found.push({ key: name, path: [...above, name], position, first });
        }
      }
    },
  });
  return found;
}

export function at(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  // An empty document has no lines at all; its beginning is still a place to point at.
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
