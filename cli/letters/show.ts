import { count, dim, green, red, table, yellow } from '../terminal.ts';
import { placeOf, type StoredLetter } from './letters.ts';

const EXCERPT_WIDTH = 40;
const MESSAGE_WIDTH = 200;

const STATES: Readonly<Record<string, (text: string) => string>> = {
  rejected: yellow,
  failed: red,
  redriven: green,
};

/** What scripts get: the message itself only by its size. */
export function lettersAsJson({ message, ...letter }: StoredLetter): Record<string, unknown> {
  return { ...letter, ...(message && { message: { ...message, data: `${message.data.length} bytes` } }) };
}

/** Letters as a table, and what can be done about them. */
export function showLetters(
  letters: readonly StoredLetter[],
  { all, rest, hint }: { readonly all: number; readonly rest?: string; readonly hint: string },
): void {
  if (letters.length === 0) {
    console.log('No dead letters.');
    return;
  }
  const rows = letters.map(letter => [
    letter.at.toISOString().slice(0, 19).replace('T', ' '),
    letter.id,
    stateOf(letter),
    letter.step ?? letter.trigger ?? '',
    placeOf(letter),
    short(letter.excerpt, EXCERPT_WIDTH),
    short(letter.reason, MESSAGE_WIDTH),
  ]);
  console.log(table(['when', 'id', 'what', 'by', 'where', 'begins', 'why'], rows));
  const failed = letters.some(({ kind, state }) => kind === 'failed' && state === 'open');
  const shown = all > letters.length ? `${count(letters.length)} of ${count(all)} shown. ` : '';
  const mend = failed ? `Send failed ones again: millrace redrive ID${hint}.` : '';
  if (shown || mend) console.log(dim(`\n${shown}${mend}`.trimEnd()));
  if (rest) console.log(dim(`There are more rejected records, as lines of JSON, in ${rest}`));
}

function stateOf({ kind, state, redrives = 0 }: StoredLetter): string {
  const word = state === 'redriven' ? 'redriven' : kind;
  const again = redrives > 0 && state === 'open' ? ' again' : '';
  return (STATES[word] ?? String)(word + again);
}

function short(text: string, width: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
