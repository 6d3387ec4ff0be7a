import { readFileSync, writeFileSync } from 'node:fs';
import { castPairs } from './conversions.ts';
import { AGGREGATES, CHAPTERS, WINDOWS } from './functions/index.ts';
import { PARTS } from './functions/parts.ts';
import { operatorRows } from './operators.ts';
import type { Overload } from './signatures.ts';

export const PAGE = new URL('./README.md', import.meta.url);
const MARK = '<!-- generated from the tables: node emulators/bigquery/sql/readme.ts -->';

/** The page as it should be: the part written by hand, then the tables. */
export function page(current: string): string {
  return `${current.slice(0, current.indexOf(MARK))}${MARK}\n\n${tables()}`;
}

function tables(): string {
  const chapters = CHAPTERS.map(([title, table]) => chapter(title, table));
  return [
    section(
      'Operators',
      operatorRows().map(
        ({ written, signatures }) => `\`${written}\` ${signatures.map(each => `\`${each}\``).join(' ')}`,
      ),
    ),
    section(
      'Casts',
      [...Map.groupBy(castPairs(), pair => pair.split('>')[0]!)].map(
        ([from, pairs]) => `${from} to ${pairs.map(pair => pair.split('>')[1]).join(', ')}`,
      ),
    ),
    ...chapters,
    chapter('Aggregate', AGGREGATES),
    chapter('Window', WINDOWS),
    section(
      'Parts',
      Object.entries(PARTS)
        .filter(([name]) => !name.startsWith('shift '))
        .map(([name, parts]) => `\`${name}\` ${parts.join(', ')}`),
    ),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string =>
  `### ${title}\n\n${lines.map(line => `- ${line}\n`).join('')}`;

const chapter = (title: string, table: ReadonlyMap<string, readonly Overload[]>): string =>
  section(
    `${title} functions`,
    [...table].map(([, overloads]) => overloads.map(({ signature }) => `\`${signature}\``).join(' ')),
  );

if (import.meta.main) writeFileSync(PAGE, page(readFileSync(PAGE, 'utf8')));
