import { type Document, type LineCounter, visit } from 'yaml';
import { at, type Position } from './positions.ts';

type Broken = Position & { readonly what: string; readonly mend?: string };

const QUOTE = 'put text that begins with * in quotes';
const NO_SUCH_ANCHOR = (name: string) => `there is no anchor "${name}" before this alias`;

/** What is no YAML at all, at most once a line: what follows a first error on a line is mostly its echo. */
export function brokenSyntax(document: Document, lines: LineCounter): Broken[] {
  const broken: Broken[] = document.errors.map(error => {
    const position = at(lines, error.pos[0]);
    if (error.code === 'MULTIPLE_DOCS') {
      return { ...position, what: 'a second document begins here', mend: 'take out the line ---' };
    }
    const what = `this is no YAML: ${error.message.replace(/\.$/, '')}`;
    // An unquoted cron expression begins with what YAML takes for an alias.
    return error.code === 'BAD_ALIAS' ? { ...position, what, mend: QUOTE } : { ...position, what };
  });
  visit(document, {
    Alias(_, alias) {
      if (alias.source === '' || alias.resolve(document) !== undefined) return;
      broken.push({ ...at(lines, alias.range?.[0] ?? 0), what: NO_SUCH_ANCHOR(alias.source), mend: QUOTE });
    },
  });
  return broken.filter((one, i) => broken.findIndex(other => other.line === one.line) === i);
}
