/** The part of a stream that progress needs; standard error unless a test brings its own. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Progress {
  /** @param share 0 to 1 */
  update(share: number, text: string): void;
  done(): void;
}

const BAR_WIDTH = 30;
const PLAIN_EVERY_MS = 2000;
const CLEAR = '\r\u001b[K';

/** The bar that stands in the last line of each terminal, if one does: other lines go above it. */
const standing = new WeakMap<Output, string>();

/** A bar on a terminal, now and then a plain line elsewhere; on standard error, so that output stays clean. */
export function createProgress(
  label: string,
  output: Output = process.stderr,
  now: () => number = Date.now,
): Progress {
  return output.isTTY ? bar(label, output) : lines(label, output, now);
}

function bar(label: string, output: Output): Progress {
  return {
    update: (share, text) => {
      const part = within(share);
      const filled = Math.round(part * BAR_WIDTH);
      const drawn = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
      const line = `${label} ${drawn} ${percent(part).padStart(5)}  ${text}`;
      // A line that wraps could not be taken back.
      const shown = line.slice(0, (output.columns ?? 80) - 1);
      standing.set(output, shown);
      output.write(CLEAR + shown);
    },
    done: () => {
      if (standing.delete(output)) output.write(CLEAR);
    },
  };
}

function lines(label: string, output: Output, now: () => number): Progress {
  let last = now();
  return {
    update: (share, text) => {
      if (now() - last < PLAIN_EVERY_MS) return;
      last = now();
      output.write(`${label}: ${percent(within(share))}, ${text}\n`);
    },
    done: () => {},
  };
}

/** Prints a line to standard error, above the bar where there is one. */
export function printAbove(line: string, output: Output = process.stderr): void {
  const shown = standing.get(output);
  output.write(shown === undefined ? `${line}\n` : `${CLEAR}${line}\n${shown}`);
}

const within = (share: number): number => Math.max(0, Math.min(1, share));
const percent = (share: number): string => `${Math.floor(share * 100)} %`;
