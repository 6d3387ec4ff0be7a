import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TestSuite } from '../../support/suite.ts';

/** Which documents of `items` a commit writes; the answer is the same. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

const WRITER = fileURLToPath(new URL('./writer-process.ts', import.meta.url));
/** Writes of one commit, and commits at once. */
const BATCH = 500;
const AT_ONCE = 4;
/** Events that wait for the step. */
const MOST_WAITING = 4000;

/** Writes documents from a process of its own, as clients do: what is measured is not to wait for them. */
export class Writer implements AsyncDisposable {
  readonly #suite: TestSuite['suite'];
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, () => void>();

  constructor({ suite }: TestSuite) {
    this.#suite = suite;
    this.#process = fork(WRITER, { env: { ...process.env, ...suite.environment } });
    this.#process.on('message', message => this.#waiting.get((message as Range).from)?.());
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Not so fast that the events of all writes wait in memory. */
  async write({ from, to }: Range): Promise<void> {
    let next = from;
    const work = async (): Promise<void> => {
      while (next < to) {
        if (this.#ready() > MOST_WAITING) {
          await setTimeout(20);
          continue;
        }
        const range = { from: next, to: Math.min(next + BATCH, to) };
        next = range.to;
        await new Promise<void>(done => {
          this.#waiting.set(range.from, done);
          this.#process.send(range);
        });
      }
    };
    await Promise.race([
      Promise.all(Array.from({ length: AT_ONCE }, work)),
      once(this.#process, 'exit').then(() => {
        throw new Error('The process that writes has ended');
      }),
    ]);
  }

  #ready(): number {
    const { triggers } = this.#suite.eventarc.status();
    return triggers.find(({ name }) => name === 'mirror-items')?.ready ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}
