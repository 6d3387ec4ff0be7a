import { processorTime } from '../process.ts';

const CORES = 2;

/** How much processor time each process takes from now on: that says something on a busy machine too. */
export class Processors {
  readonly #before = processorTime();
  readonly #writer: number | undefined;

  /** @param writer the id of the process that writes, where it is not to be counted among the steps' */
  constructor(writer?: number) {
    this.#writer = writer;
  }

  /** @returns what one of so many has taken until now, and how many a second two cores could do at that */
  each(count: number): string {
    const { suite, children } = processorTime();
    const grown = [...children].map(
      ([pid, ms]) => [pid, ms - (this.#before.children.get(pid) ?? 0)] as const,
    );
    const sum = (isWriter: boolean): number =>
      grown.filter(([pid]) => (pid === this.#writer) === isWriter).reduce((all, [, ms]) => all + ms, 0);
    const parts = { suite: suite - this.#before.suite, steps: sum(false), writer: sum(true) };
    const micros = (ms: number): number => Math.round((ms * 1000) / count);
    const whole = parts.suite + parts.steps + parts.writer;
    const named = Object.entries(parts).filter(([name]) => name !== 'writer' || this.#writer !== undefined);
    return (
      `processor time for each: ${named.map(([name, ms]) => `${name} ${micros(ms)}`).join(', ')} µs, ` +
      `at which two cores do at most ${Math.round((CORES * count * 1000) / whole).toLocaleString('en')} a second`
    );
  }
}
