import { Agent } from 'node:http';
import { type Cause, payerOf } from '../meter/cause.ts';
import type { Meter } from '../meter/meter.ts';
import { Alarm } from '../pubsub/alarm.ts';
import { Heap } from '../pubsub/heap.ts';
import { operationsFor } from './billing.ts';
import { TokenBucket } from './bucket.ts';
import { backoff, givesUp, LONGEST_LIFE_MS } from './retry.ts';
import { bodyOf, type Outcome, send } from './send.ts';
import type { Attempt, Progress, QueueConfig, Task } from './types.ts';

/** Where a queue sends a task, whatever the task's own URL says; undefined while nobody is there. */
export type Target = (task: Task) => Destination | undefined;

export interface Destination {
  readonly url: URL;
  /** In whose name the event is sent. */
  readonly cause?: Cause;
}

export interface QueueOptions {
  readonly config: QueueConfig;
  readonly now: () => number;
  /** How many times faster than in the cloud backoffs run; schedule times are real. */
  readonly timeScale: number;
  readonly meter: Meter | undefined;
  /** Told of what must be remembered. */
  readonly attempted: (task: Task) => void;
  readonly gone: (task: Task) => void;
}

/** A target that is not there is asked again after so many milliseconds. */
const KNOCK_AGAIN_MS = 50;

/** The tasks of one queue: sends those that are due, as its rate allows, and again those that failed. */
export class Queue {
  readonly tasks = new Map<string, Task>();
  target: Target | undefined;
  #config: QueueConfig;
  readonly #options: QueueOptions;
  readonly #waiting = new Heap<Task>((a, b) => before(a, b));
  readonly #bucket: TokenBucket;
  readonly #alarm: Alarm;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #ending = new AbortController();
  /** Attempts under way. */
  readonly #running = new Map<Task, number>();
  #underWay = 0;
  readonly #attempts = new Set<Promise<void>>();
  #knockAt = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#bucket = new TokenBucket(options.config.rate, options.now());
    this.#alarm = new Alarm(options.now, () => this.#pump());
  }

  get config(): QueueConfig {
    return this.#config;
  }

  set config(config: QueueConfig) {
    this.#config = config;
    this.#bucket.limits = config.rate;
    this.#pump();
  }

  add(task: Task): void {
    this.tasks.set(task.name, task);
    this.#waiting.push(task);
    // Not at once: whoever made it is answered first.
    this.#alarm.setFor(task.progress.scheduleTime);
  }

  delete(task: Task): void {
    this.tasks.delete(task.name);
    if (task.place >= 0) this.#waiting.remove(task);
    this.#options.gone(task);
  }

  /** Sends it now, whatever the rate, a pause or another attempt say. */
  run(task: Task): void {
    if (task.place >= 0) this.#waiting.remove(task);
    this.#dispatch(task);
  }

  /** Breaks off what is under way; those tasks have not been answered and run again after a start. */
  async stop(): Promise<void> {
    this.#alarm.stop();
    this.#ending.abort();
    this.#agent.destroy();
    await Promise.all(this.#attempts);
  }

  #pump(): void {
    const { now } = this.#options;
    while (!this.#config.paused && !this.#ending.signal.aborted) {
      const next = this.#waiting.peek();
      if (!next || this.#underWay >= this.#config.rate.concurrent) return;
      const due = Math.max(next.progress.scheduleTime, this.#knockAt);
      const wait = due > now() ? due - now() : this.#bucket.take(now());
      if (wait > 0) {
        this.#alarm.setFor(now() + wait);
        return;
      }
      this.#waiting.pop();
      this.#dispatch(next);
    }
  }

  #dispatch(task: Task): void {
    const attempt = this.#attempt(task).finally(() => {
      this.#attempts.delete(attempt);
      this.#pump();
    });
    this.#attempts.add(attempt);
  }

  async #attempt(task: Task): Promise<void> {
    const before = task.progress;
    const sent = this.#send(task);
    const dispatchTime = this.#options.now();
    const { scheduleTime, dispatches, first = dispatchTime } = before;
    const last: Attempt = { scheduleTime, dispatchTime };
    task.progress = { ...before, dispatches: dispatches + 1, first, last };
    this.#running.set(task, (this.#running.get(task) ?? 0) + 1);
    this.#underWay++;
    const outcome = await sent;
    this.#underWay--;
    const others = this.#running.get(task)! - 1;
    if (others > 0) this.#running.set(task, others);
    else this.#running.delete(task);
    // Deleted meanwhile, or broken off by the end of the emulator: nothing is known of this attempt.
    if (this.#ending.signal.aborted || this.tasks.get(task.name) !== task) return;
    if (outcome.kind === 'unreachable' && this.target) {
      // The queue's target is starting: that is no fault of the task's.
      task.progress = before;
      this.#knockAt = this.#options.now() + KNOCK_AGAIN_MS;
      this.#wait(task);
    } else this.#settle(task, last, outcome);
  }

  async #send(task: Task): Promise<Outcome> {
    const target = this.target?.(task);
    if (this.target && !target) return { kind: 'unreachable', error: 'nobody is there' };
    this.#options.meter?.count(
      'tasks.operations',
      operationsFor(bodyOf(task).length),
      payerOf(target?.cause),
    );
    return send({ task, target, agent: this.#agent, signal: this.#ending.signal });
  }

  #settle(task: Task, sent: Attempt, outcome: Outcome): void {
    const now = this.#options.now();
    const { retry } = this.#config;
    const progress = progressAfter(task.progress, sent, outcome, now);
    const scheduleTime = now + backoff(progress.dispatches, retry) / this.#options.timeScale;
    const done = outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;
    const tooOld = scheduleTime - task.spec.createTime > LONGEST_LIFE_MS;
    if (done || tooOld || givesUp(progress, retry, now)) this.delete(task);
    else {
      task.progress = { ...progress, scheduleTime };
      this.#options.attempted(task);
      this.#wait(task);
    }
  }

  #wait(task: Task): void {
    if (task.place >= 0) this.#waiting.moved(task);
    else if (!this.#running.has(task)) this.#waiting.push(task);
  }
}

function progressAfter(progress: Progress, sent: Attempt, outcome: Outcome, now: number): Progress {
  if (outcome.kind !== 'answered') return { ...progress, last: { ...sent, error: outcome.error } };
  const { status, said } = outcome;
  const error = `HTTP status ${status}${said === '' ? '' : `: ${said}`}`;
  return {
    ...progress,
    responses: progress.responses + 1,
    executions: progress.executions + (status < 500 ? 1 : 0),
    last: { ...sent, responseTime: now, status, error },
  };
}

function before(a: Task, b: Task): boolean {
  const earlier = a.progress.scheduleTime - b.progress.scheduleTime;
  return earlier < 0 || (earlier === 0 && a.number < b.number);
}
