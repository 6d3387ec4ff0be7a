import type { Native } from './native.ts';

/** LIKE: `%` any text, `_` one character, a backslash takes the next character as it is. */
function likePattern(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at]!;
    if (character === '\\') {
      at += 1;
      if (at >= pattern.length) throw new Error('LIKE pattern ends with a backslash');
      source += RegExp.escape(pattern[at]!);
    } else source += character === '%' ? '[^]*' : character === '_' ? '[^]' : RegExp.escape(character);
  }
  return new RegExp(`^${source}$`, 'u');
}
const patterns = new Map<string, RegExp>();

function like(text: string, pattern: string): boolean {
  let known = patterns.get(pattern);
  if (!known) {
    if (patterns.size > 1000) patterns.clear();
    known = likePattern(pattern);
    patterns.set(pattern, known);
  }
  return known.test(text);
}

/** The operator LIKE. */
export const LIKE: readonly Native[] = [
  { name: 'bq_like', parameters: ['VARCHAR', 'VARCHAR'], returns: 'BOOLEAN', run: like },
];
