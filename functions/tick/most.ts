import type { WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { rankKeys, type ShownKeys } from '../../shared/streams/showing.ts';
import { LARGEST_PARTS, order, PART_BYTES, shownBytes } from '../../shared/windows/panes.ts';

/** Somewhat more than the documents of a pane take: that they do not take all of it is how they tell. */
const MOST_BYTES = (LARGEST_PARTS + 1) * PART_BYTES;

interface Sized {
  readonly key: string;
  readonly shown: ShownKeys['keys'][number][1];
  readonly bytes: number;
}

/** Collects the keys that a pane has room for: those of the highest rank, or with the most events. */
export class MostKeys {
  readonly #top: WindowSpec['top'];
  #ranked: ShownKeys['keys'] = [];
  #sized: Sized[] = [];
  #bytes = 0;

  constructor({ top }: WindowSpec) {
    this.#top = top;
  }

  add(keys: ShownKeys['keys']): void {
    if (this.#top) {
      this.#ranked = rankKeys([...this.#ranked, ...keys], this.#top);
      return;
    }
    for (const [key, shown] of keys) {
      const bytes = shownBytes(key, shown);
      this.#sized.push({ key, shown, bytes });
      this.#bytes += bytes;
    }
    // Twice as much is sorted, so that each key is sorted a few times only.
    if (this.#bytes > 2 * MOST_BYTES) this.#cut();
  }

  keys(): ShownKeys['keys'] {
    return this.#top ? this.#ranked : this.#sized.map(({ key, shown }) => [key, shown] as const);
  }

  #cut(): void {
    this.#sized.sort((a, b) => b.shown.count - a.shown.count || order(a, b));
    let bytes = 0;
    const kept = this.#sized.findIndex(one => {
      bytes += one.bytes;
      return bytes > MOST_BYTES;
    });
    this.#sized.length = kept + 1;
    this.#bytes = bytes;
  }
}
