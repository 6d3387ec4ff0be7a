import { nearest } from './nearest.ts';

/** What there is to choose from, and what was probably meant. */
export function choice(word: string, known: readonly string[]): { expected?: string; mend?: string } {
  const guess = nearest(word, known);
  return {
    ...(known.length > 0 && { expected: `one of ${known.join(', ')}` }),
    ...(guess !== undefined && { mend: `did you mean ${guess}?` }),
    ...(known.length === 0 && { mend: 'add it' }),
  };
}
