import type { Row } from '../data/listen.ts';
import { map, number, text } from './read.ts';

/** A record that was refused, or a delivery that failed. */
export interface LetterView {
  readonly id: string;
  readonly reason: string;
  readonly excerpt: string;
  readonly line: number | undefined;
  readonly step: string;
}

export function letterOf({ id, data }: Row): LetterView {
  return {
    id,
    reason: text(data['reason']) ?? 'No reason is given',
    excerpt: text(data['excerpt']) ?? '',
    line: number(map(data['origin'])['line']),
    step: text(data['step']) ?? text(data['trigger']) ?? 'unknown',
  };
}

/** In the order of the file. */
export function lettersOf(rows: readonly Row[]): LetterView[] {
  return rows
    .map(letterOf)
    .sort(
      (a, b) =>
        (a.line ?? Number.POSITIVE_INFINITY) - (b.line ?? Number.POSITIVE_INFINITY) || (a.id < b.id ? -1 : 1),
    );
}

/** One page of a list: `at` is brought into its bounds. */
export function pageOf<T>(
  all: readonly T[],
  at: number,
  size: number,
): { readonly items: readonly T[]; readonly page: number; readonly pages: number } {
  const pages = Math.max(1, Math.ceil(all.length / size));
  const page = Math.min(Math.max(0, at), pages - 1);
  return { items: all.slice(page * size, (page + 1) * size), page, pages };
}
