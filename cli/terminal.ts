const { stdout, stderr } = process;

/** Colours only where a person looks, and not where NO_COLOR asks for none ({@link https://no-color.org}). */
export const colourful = stdout.isTTY === true && !process.env['NO_COLOR'];
const paint = (code: number) => (text: string) => (colourful ? `\u001b[${code}m${text}\u001b[0m` : text);
export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);
export const yellow = paint(33);

export interface Progress {
  /** @param share 0 to 1 */
  update(share: number, text: string): void;
  done(): void;
}

const BAR_WIDTH = 30;
const PLAIN_EVERY_MS = 2000;

/** A bar on a terminal, now and then a plain line elsewhere; on standard error, so that output stays clean. */
export function createProgress(label: string): Progress {
  let last = Date.now();
  return {
    update: (share, text) => {
      const part = Math.max(0, Math.min(1, share));
      if (stderr.isTTY) {
        const filled = Math.round(part * BAR_WIDTH);
        const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
        stderr.write(`\r\u001b[K${label} ${bar} ${String(Math.floor(part * 100)).padStart(3)} % ${text}`);
      } else if (Date.now() - last > PLAIN_EVERY_MS) {
        last = Date.now();
        stderr.write(`${label} ${Math.floor(part * 100)} % ${text}\n`);
      }
    },
    done: () => {
      if (stderr.isTTY) stderr.write('\r\u001b[K');
    },
  };
}

/** Rows of text under a heading, columns as wide as their widest cell; numbers to the right. */
export function table(heading: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = heading.map((cell, at) =>
    Math.max(cell.length, ...rows.map(row => String(row[at] ?? '').length)),
  );
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, at) => {
        const width = widths[at] ?? 0;
        return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [dim(line(heading)), ...rows.map(line)].join('\n');
}

export const count = (value: number): string => value.toLocaleString('en-US');
