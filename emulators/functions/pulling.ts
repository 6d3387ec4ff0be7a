import { setTimeout as after } from 'node:timers/promises';
import { startWorker } from '../../services/worker/start.ts';
import type { Handler } from '../../services/worker/worker.ts';
import { messageOf } from '../../shared/errors/errors.ts';
import { logger } from '../../shared/step/log.ts';
import { withCause } from '../meter/cause.ts';
import { causeIn } from '../pubsub/receivers.ts';
import type { HostedWorker } from './protocol.ts';

/** As soon as a platform starts a container again that has ended, ms. */
const START_AGAIN = 1000;

/** Runs a worker in the process of its step for as long as the process lives; what it asks for bears the cause of its message. */
export async function pullFor(settings: HostedWorker, handle: Handler): Promise<never> {
  const { step, subscription } = settings;
  const log = logger(step);
  for (;;) {
    const worker = withCause(step, () =>
      startWorker(settings, handle, log, (ackId, work) => withCause(causeIn(ackId) ?? step, work)),
    );
    const failure = await worker.failure;
    log.error(`Pub/Sub refuses ${subscription}: ${messageOf(failure)}`);
    await worker.drain(0);
    await after(START_AGAIN);
  }
}
