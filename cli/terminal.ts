import { stripVTControlCharacters } from 'node:util';

const { stdout } = process;

/** Colours only where a person looks, and not where NO_COLOR asks for none ({@link https://no-color.org}). */
const colourful = stdout.isTTY === true && !process.env['NO_COLOR'];
const paint = (code: number) => (text: string) => (colourful ? `\u001b[${code}m${text}\u001b[0m` : text);
/** For standard output only: standard error may lead somewhere else. */
export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);
export const yellow = paint(33);

/** Rows of text under a heading, columns as wide as their widest cell; numbers to the right. */
export function table(heading: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = heading.map((cell, at) =>
    Math.max(cell.length, ...rows.map(row => widthOf(String(row[at] ?? '')))),
  );
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, at) => {
        const text = String(cell);
        const gap = ' '.repeat((widths[at] ?? 0) - widthOf(text));
        return typeof cell === 'number' ? gap + text : text + gap;
      })
      .join('  ')
      .trimEnd();
  return [dim(line(heading)), ...rows.map(line)].join('\n');
}

const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/** Numbers that stand under each other: as wide as the widest. */
export function column(cells: readonly string[]): string[] {
  const width = Math.max(...cells.map(widthOf));
  return cells.map(cell => ' '.repeat(width - widthOf(cell)) + cell);
}

export const count = (value: number): string => value.toLocaleString('en-US');
