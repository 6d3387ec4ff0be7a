import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Whole suites, then what builds or starts other programs. */
const SLOW = ['test/', 'build/', 'terraform/', 'emulators/', 'cli/'];

/** Slow files first: none is left over when the other workers have nothing more to do. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => this.#rank(one) - this.#rank(other));
  }

  #rank({ moduleId }: TestSpecification): number {
    const file = relative(this.ctx.config.root, moduleId);
    const rank = SLOW.findIndex(folder => file.startsWith(folder));
    return rank < 0 ? SLOW.length : rank;
  }
}
