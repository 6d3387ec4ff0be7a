import { messageOf } from '../../shared/errors/errors.ts';
import type { Log } from '../../shared/step/log.ts';
import type { Source, SourceOptions } from './delivery.ts';
import { Pull } from './pull.ts';
import type { Mode, WorkerSettings } from './settings.ts';
import { streamingPull } from './streaming-pull.ts';
import { type Handler, Worker, type WorkerOptions } from './worker.ts';

const SOURCES: Readonly<Record<Mode, (options: SourceOptions) => Source>> = {
  'streaming-pull': streamingPull,
  pull: options => new Pull(options),
};
/** So many for each that is handled: the next is at hand when one is done, and an instance that ends gives little back. */
const AT_HAND = 2;
/** Seconds after the step's own time for giving back what it did not finish. */
const MARGIN = 60;

/** Begins to hand the messages of a subscription to what a step has registered. */
export function startWorker(
  settings: Omit<WorkerSettings, 'drain' | 'healthPort'>,
  handle: Handler,
  log: Log,
  within?: WorkerOptions['within'],
): Worker {
  const { project, subscription, topic, mode, concurrency, timeout, ordered } = settings;
  const source = SOURCES[mode]({
    project,
    subscription,
    most: concurrency * AT_HAND,
    longest: timeout + MARGIN,
    warn: (message, error) => log.warn(message, { error: messageOf(error) }),
  });
  const options = { source, handle, topic, subscription, concurrency, timeout, ordered, log };
  return new Worker(within ? { ...options, within } : options);
}
