import { Cron } from 'croner';
import type { ScheduleTrigger, Wiring } from '../../eventarc/wiring.ts';
import type { Log } from '../functions/log.ts';

export interface SchedulerOptions {
  readonly wiring: Pick<Wiring, 'triggers'>;
  /** Resolves once the firing is stored; the next of the same trigger waits for that. */
  readonly fire: (trigger: string, time: Date) => Promise<unknown>;
  /** How many times faster than real time the schedules run: with 60 a minutely job fires each second. */
  readonly timeScale?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly log: Log;
}

export interface Scheduler {
  stop(): void;
}

/** setTimeout takes no longer wait than 24 days, and a clock that was set deserves a look now and then. */
const LONGEST_WAIT = 60 * 60 * 1000;

/**
 * Fires the schedule triggers. A firing that was missed, because the machine slept or the previous one was not stored yet,
 * is not made up for.
 *
 * The time that a firing states is the real time at which it was due, also with a time scale, because steps compare it
 * with the real times of documents and messages. Without a time scale that is the schedule's own time.
 */
export function startScheduler(options: SchedulerOptions): Scheduler {
  const { wiring, timeScale = 1, now = Date.now } = options;
  if (!(timeScale > 0)) throw new Error(`The time scale must be above 0, not ${timeScale}`);
  const start = now();
  const timers = new Map<string, NodeJS.Timeout>();
  let stopped = false;

  const virtual = (real: number): number => start + (real - start) * timeScale;
  const real = (virtually: number): number => start + (virtually - start) / timeScale;

  for (const trigger of wiring.triggers) if (trigger.kind === 'schedule') follow(trigger);

  function follow(trigger: ScheduleTrigger): void {
    const cron = cronOf(trigger);
    const next = (): void => {
      const due = cron.nextRun(new Date(virtual(now())));
      if (due) wait(real(due.getTime()));
    };
    const wait = (due: number): void => {
      if (stopped) return;
      const left = due - now();
      if (left > 0) {
        timers.set(
          trigger.name,
          setTimeout(() => wait(due), Math.min(left, LONGEST_WAIT)),
        );
        return;
      }
      void fire(trigger.name, new Date(due)).then(next);
    };
    next();
  }

  async function fire(name: string, time: Date): Promise<void> {
    try {
      await options.fire(name, time);
    } catch (error) {
      const message = `Schedule ${name} could not be fired: ${error instanceof Error ? error.message : error}`;
      options.log({ severity: 'ERROR', message, fields: {} });
    }
  }

  return {
    stop: () => {
      stopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

/** @throws when the schedule is no cron expression or the time zone unknown, naming the trigger */
function cronOf({ name, schedule, timeZone }: ScheduleTrigger): Cron {
  try {
    const cron = new Cron(schedule, { timezone: timeZone, paused: true, mode: '5-part' });
    cron.nextRun(); // An unknown time zone shows only here.
    return cron;
  } catch (error) {
    throw new Error(
      `Trigger ${name}: '${schedule}' in '${timeZone}' is no schedule (${(error as Error).message}). ` +
        "Expected five cron fields, e.g. '*/5 * * * *', and an IANA time zone, e.g. Europe/Berlin.",
    );
  }
}
