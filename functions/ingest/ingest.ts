import { type Cut, createBatcher, type Serialise } from './batcher.ts';
import { type Checkpoint, FormatError, type Item } from './formats/item.ts';
import type { Progress } from './upload.ts';

/** What reading an upload needs of the world. */
export interface Ports {
  /** Items of the file from a checkpoint on, in chunks, each with the checkpoint after it. */
  read(
    from: Checkpoint | undefined,
  ): AsyncIterable<{ readonly items: readonly Item[]; readonly checkpoint: Checkpoint }>;
  serialise: Serialise;
  /** Resolves once the batch is durable. */
  publish(cut: Cut): Promise<void>;
  /** Remembers the way so far; called about once a second. */
  save(progress: Progress): Promise<void>;
  /** Milliseconds. */
  now(): number;
}

export type Outcome =
  | { readonly kind: 'read'; readonly progress: Progress; readonly error?: FormatError }
  /** The time was up: `progress` says where to go on. */
  | { readonly kind: 'paused'; readonly progress: Progress };

const SAVE_EVERY_MS = 1000;
const IN_FLIGHT = 8;

/**
 * Reads an upload from where an earlier try has come to, and publishes it in batches. What has been published after the
 * last save is published again after a crash, as the very same batches, which downstream knows by their ids.
 * @param budget milliseconds until it should pause
 */
export async function ingest(start: Progress, ports: Ports, budget: number): Promise<Outcome> {
  const began = ports.now();
  const batcher = createBatcher(ports.serialise, {
    number: start.batches,
    items: start.counts.records,
  });
  let progress = start;
  let saved = began;
  let skip = start.skip;
  // The checkpoint before the last cut, and how many items of the file lie before it.
  let chunk = { checkpoint: start.checkpoint, items: start.counts.records - start.skip };
  const inFlight = new Set<Promise<void>>();
  const failures: unknown[] = [];

  const emit = async (cut: Cut): Promise<void> => {
    if (failures.length > 0) throw failures[0];
    progress = after(progress, cut, chunk);
    if (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight);
    const publishing = ports
      .publish(cut)
      .catch(failure => void failures.push(failure))
      .finally(() => inFlight.delete(publishing));
    inFlight.add(publishing);
  };
  /** Resolves once all that has been emitted is durable: only then may progress be told. */
  const landed = async (): Promise<void> => {
    await Promise.all(inFlight);
    if (failures.length > 0) throw failures[0];
  };
  const save = async (): Promise<void> => {
    await landed();
    await ports.save(progress);
    saved = ports.now();
  };

  let error: FormatError | undefined;
  try {
    for await (const { items, checkpoint } of ports.read(start.checkpoint)) {
      const tabular = checkpoint.format === 'csv' || checkpoint.format === 'tsv';
      for (const item of items) {
        if (skip > 0) {
          skip--;
          continue;
        }
        const cut = batcher.add(item, tabular);
        if (cut) await emit(cut);
      }
      chunk = { checkpoint, items: chunk.items + items.length };
      if (ports.now() - began > budget && progress !== start) {
        await save();
        return { kind: 'paused', progress };
      }
      if (ports.now() - saved > SAVE_EVERY_MS) await save();
    }
  } catch (thrown) {
    if (!(thrown instanceof FormatError)) throw thrown;
    error = thrown;
  }
  const rest = batcher.rest();
  if (rest) await emit(rest);
  await landed();
  return { kind: 'read', progress, ...(error && { error }) };
}

function after(
  progress: Progress,
  cut: Cut,
  chunk: { readonly checkpoint: Checkpoint | undefined; readonly items: number },
): Progress {
  const { counts } = progress;
  return {
    ...(chunk.checkpoint && { checkpoint: chunk.checkpoint }),
    skip: cut.items - chunk.items,
    batches: cut.number + 1,
    counts: {
      records: cut.items,
      rejected: counts.rejected + cut.rejects.length,
      published: counts.published + cut.events.length,
    },
  };
}
