import type { WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { rankKeys, type ShownKeys } from '../../shared/streams/showing.ts';
import type { WindowState } from '../../shared/streams/state.ts';
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
  /** Whether what a key shows decides if it is among them. */
  readonly #selective: boolean;
  #ranked: ShownKeys['keys'] = [];
  #sized: Sized[] = [];
  #bytes = 0;
  /** Events of a key that may still be among them. */
  #least = 0;

  constructor({ top, having }: WindowSpec) {
    this.#top = top;
    this.#selective = top !== undefined || having !== undefined;
  }

  /**
   * @param show what a pane would show of some groups
   * @returns how many keys of the state a pane of any size would have
   */
  add(state: WindowState, show: (candidates: WindowState) => ShownKeys['keys']): number {
    const keys = show(this.#selective ? state : this.#candidatesOf(state));
    if (this.#top) this.#ranked = rankKeys([...this.#ranked, ...keys], this.#top);
    else for (const [key, shown] of keys) this.#push({ key, shown, bytes: shownBytes(key, shown) });
    // Twice as much is sorted, so that each key is sorted a few times only.
    if (this.#bytes > 2 * MOST_BYTES) this.#cut();
    return this.#selective ? keys.length : state.size;
  }

  keys(): ShownKeys['keys'] {
    return this.#top ? this.#ranked : this.#sized.map(({ key, shown }) => [key, shown] as const);
  }

  #push(one: Sized): void {
    this.#sized.push(one);
    this.#bytes += one.bytes;
  }

  /** Showing a key takes longer than anything else, and of very many hardly any is among the most. */
  #candidatesOf(state: WindowState): WindowState {
    const candidates: WindowState = new Map();
    state.forEach((group, key) => {
      if (group.count >= this.#least) candidates.set(key, group);
    });
    return candidates;
  }

  #cut(): void {
    this.#sized.sort((a, b) => b.shown.count - a.shown.count || order(a, b));
    let bytes = 0;
    const last = this.#sized.findIndex(one => {
      bytes += one.bytes;
      return bytes > MOST_BYTES;
    });
    this.#sized.length = last + 1;
    this.#bytes = bytes;
    this.#least = this.#sized[last]!.shown.count;
  }
}
