import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Scalar,
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
  return at(lines, nodeAt(document, path, part)?.range?.[0] ?? 0);
}

function nodeAt(document: Document, path: YamlPath, part: Part): Node | undefined {
  let node: Node | null = document.contents;
  let key: Node | undefined;
  for (const segment of path) {
    const found = child(node, segment);
    if (found === undefined) break;
    node = found.value;
    key = found.key;
  }
  return (part === 'key' ? (key ?? node) : (node ?? key)) ?? undefined;
}

/**
 * Where a place inside of the text at `path` stands in the file, however the text is quoted and over however many lines;
 * where it is written with escapes, the text itself.
 * @param source the file's whole text
 * @param offset characters of the text before the place
 */
export function positionInText(
  document: Document,
  lines: LineCounter,
  source: string,
  path: YamlPath,
  offset: number,
): Position {
  const node = nodeAt(document, path, 'value');
  const start = node?.range?.[0] ?? 0;
  if (!isScalar(node) || typeof node.value !== 'string') return at(lines, start);
  return at(lines, placeIn(node, start, source, offset) ?? start);
}

function placeIn(node: Scalar, start: number, source: string, offset: number): number | undefined {
  const value = String(node.value);
  const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
  const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  let place = isBlock ? source.indexOf('\n', start) + 1 : start + (quoted ? 1 : 0);
  // A block's lines may begin with spaces of their own after those that all of them begin with.
  const indent = isBlock ? spacesAt(source, place) : Number.POSITIVE_INFINITY;
  if (isBlock) place += indent;
  for (let passed = 0; passed < offset; passed++) {
    const broken = source[place] === '\n' && (value[passed] === ' ' || value[passed] === '\n');
    if (!broken && source[place] !== value[passed]) return undefined;
    place++;
    if (broken) place += Math.min(indent, spacesAt(source, place));
  }
  return place;
}

function spacesAt(source: string, place: number): number {
  return /^ */.exec(source.slice(place))![0].length;
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
