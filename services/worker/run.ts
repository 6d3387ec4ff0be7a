import { getFunction } from '@google-cloud/functions-framework/testing';
import { messageOf } from '../../shared/errors/errors.ts';
import { logger } from '../../shared/step/log.ts';
import { serveHealth } from './health.ts';
import type { WorkerSettings } from './settings.ts';
import { startWorker } from './start.ts';
import type { Handler } from './worker.ts';

/**
 * Works until the end is near, then drains. The step's module must have been loaded, which registers its function.
 * @param end resolves when it is time to end
 * @returns the exit code: 0 once drained, 1 when Pub/Sub refuses
 * @throws Error when the step has registered nothing, or the port is taken
 */
export async function runWorker(settings: WorkerSettings, end: Promise<void>): Promise<0 | 1> {
  const { step, subscription, mode, concurrency, healthPort, drain } = settings;
  const handle = getFunction(step) as Handler | undefined;
  if (!handle) throw new Error(`The step ${step} has registered no function of its name.`);
  const log = logger(step);
  const worker = startWorker(settings, handle, log);
  const health = healthPort === undefined ? undefined : await serveHealth(healthPort, worker);
  log.info('pulls', { subscription, mode, concurrency, ...(health && { healthPort: health.port }) });
  const failure = await Promise.race([worker.failure, end]);
  if (failure) log.error(`Pub/Sub refuses ${subscription}: ${messageOf(failure)}`);
  await worker.drain(drain);
  health?.stop();
  const { done, failed } = worker.status;
  log.info('ended', { done, failed });
  return failure ? 1 : 0;
}
