import type { Log } from '../functions/log.ts';
import type { Stopped } from './guard.ts';

/** Names a trigger that has been stopped, and says how it goes on. */
export function tellStopped(log: Log): (stopped: Stopped) => void {
  return ({ trigger, step, loop, laps }) => {
    const round = [...loop, loop[0]].join(' → ');
    const message =
      `The step ${step} wakes itself without end: ${round}, ${laps} times after one event. Its trigger ${trigger} is ` +
      `stopped and its events wait. If this was meant, let it go on with millrace resume ${trigger}.`;
    log({ step, severity: 'ERROR', message, fields: {} });
  };
}
