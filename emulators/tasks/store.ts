import { join } from 'node:path';
import { alreadyExists, failedPrecondition, GrpcError, notFound, status } from '../grpc/errors.ts';
import { Journal } from '../journal.ts';
import { type Cause, causeNow } from '../meter/cause.ts';
import type { Meter } from '../meter/meter.ts';
import type { JournalRecord } from './journal.ts';
import { queueOf } from './names.ts';
import { NamesGone } from './names-gone.ts';
import { Queue, type Target } from './queue.ts';
import type { Progress, QueueConfig, Task, TaskSpec } from './types.ts';

export interface StoreOptions {
  /** Keeps queues and tasks there over restarts, also after kill -9; without it everything is gone at the end. */
  readonly dir?: string;
  /** How many times faster than in the cloud backoffs run. */
  readonly timeScale?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Told of every call and every attempt. */
  readonly meter?: Meter;
}

/** For how long a name cannot be given again: {@link https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#createtaskrequest} */
const TASK_NAME_MS = 3600_000;
const QUEUE_NAME_MS = 7 * 24 * 3600_000;
/** Who sets a task for later than this waits on purpose: what comes of it begins anew, as with a clock. */
const AT_ONCE_MS = 1000;

/** All queues with their tasks. */
export class TaskStore {
  readonly now: () => number;
  readonly #timeScale: number;
  readonly #meter: Meter | undefined;
  readonly #queues = new Map<string, Queue>();
  readonly #goneTasks = new NamesGone(TASK_NAME_MS);
  readonly #goneQueues = new NamesGone(QUEUE_NAME_MS);
  readonly #journal: Journal<JournalRecord> | undefined;
  #number = 0;

  /** @throws when `dir` holds a journal that cannot be read */
  constructor({ dir, timeScale = 1, now = Date.now, meter }: StoreOptions = {}) {
    this.now = now;
    this.#meter = meter;
    this.#timeScale = timeScale;
    if (dir === undefined) return;
    const journal = new Journal<JournalRecord>(join(dir, 'journal.jsonl'));
    this.#restore(journal.read());
    journal.rewrite(this.#snapshot());
    this.#journal = journal;
  }

  names(): string[] {
    return [...this.#queues.keys()];
  }

  /** @throws NOT_FOUND */
  queue(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue) return queue;
    if (this.#goneQueues.has(name, this.now())) {
      throw notFound(`The queue ${name} no longer exists, though a queue with this name existed recently.`);
    }
    throw notFound(`The queue ${name} does not exist.`);
  }

  /** @throws ALREADY_EXISTS; FAILED_PRECONDITION for seven days after a queue of this name was deleted */
  createQueue(config: QueueConfig): Queue {
    const { name } = config;
    if (this.#queues.has(name)) throw alreadyExists(`The queue ${name} already exists.`);
    if (this.#goneQueues.has(name, this.now())) {
      throw failedPrecondition(
        `The queue ${name} cannot be created because a queue with this name existed less than 7 days ago.`,
      );
    }
    this.#write({ queue: config });
    return this.#open(config);
  }

  change(queue: Queue, changes: Partial<QueueConfig>): void {
    const config = { ...queue.config, ...changes };
    this.#write({ queue: config });
    queue.config = config;
  }

  /** Makes the queue what a deployment says, whatever was there: its tasks stay, and go to its target. */
  deploy(config: QueueConfig, target: Target): void {
    const known = this.#queues.get(config.name);
    const queue = known ?? this.#open(config);
    queue.target = target;
    this.change(queue, config);
  }

  deleteQueue(queue: Queue): void {
    const { name } = queue.config;
    this.#queues.delete(name);
    this.#write({ deletedQueue: name, free: this.#goneQueues.add(name, this.now()) });
    void queue.stop();
  }

  purge(queue: Queue): void {
    for (const task of [...queue.tasks.values()]) queue.delete(task);
    this.change(queue, { purgeTime: this.now() });
  }

  /** @throws NOT_FOUND */
  task(name: string): Task {
    const task = this.#queues.get(queueOf(name))?.tasks.get(name);
    if (task) return task;
    if (this.#goneTasks.has(name, this.now())) {
      throw notFound(`The task ${name} no longer exists: it has succeeded, was given up, or was deleted.`);
    }
    throw notFound(`The task ${name} does not exist.`);
  }

  /** @throws FAILED_PRECONDITION without the queue; ALREADY_EXISTS, also for about an hour after the task is gone */
  createTask(name: string, spec: TaskSpec, scheduleTime: number): Task {
    const queue = this.#queues.get(queueOf(name));
    if (!queue) throw failedPrecondition(`The queue ${queueOf(name)} does not exist.`);
    if (queue.tasks.has(name)) throw alreadyExists(`The task ${name} already exists.`);
    if (this.#goneTasks.has(name, this.now())) {
      throw new GrpcError(
        status.ALREADY_EXISTS,
        `The task ${name} cannot be created because a task with this name existed too recently.`,
      );
    }
    const progress: Progress = { scheduleTime, dispatches: 0, responses: 0, executions: 0 };
    this.#write({ task: name, spec, progress });
    const cause = scheduleTime - this.now() < AT_ONCE_MS ? causeNow() : undefined;
    const task = this.#task(name, spec, progress, cause);
    queue.add(task);
    return task;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#queues.values()].map(queue => queue.stop()));
    this.#journal?.close();
  }

  #open(config: QueueConfig): Queue {
    const queue = new Queue({
      config,
      now: this.now,
      timeScale: this.#timeScale,
      meter: this.#meter,
      attempted: ({ name, progress }) => this.#write({ attempted: name, progress }),
      gone: ({ name, spec }) => {
        const free = spec.named ? this.#goneTasks.add(name, this.now()) : 0;
        this.#write({ gone: name, free });
      },
    });
    this.#queues.set(config.name, queue);
    return queue;
  }

  #task(name: string, spec: TaskSpec, progress: Progress, cause?: Cause): Task {
    return { name, spec, progress, cause, number: this.#number++, place: -1 };
  }

  #write(record: JournalRecord): void {
    // Before the record, which may tell of what is not in the state yet.
    if (this.#journal?.isLarge) this.#journal.rewrite(this.#snapshot());
    this.#journal?.append(record);
  }

  /** What leads to the present state. */
  #snapshot(): JournalRecord[] {
    const queues = [...this.#queues.values()];
    return [
      ...this.#goneQueues.entries().map(([deletedQueue, free]) => ({ deletedQueue, free })),
      ...queues.map(({ config }) => ({ queue: config })),
      ...this.#goneTasks.entries().map(([gone, free]) => ({ gone, free })),
      ...queues.flatMap(({ tasks }) =>
        [...tasks.values()].map(({ name, spec, progress }) => ({ task: name, spec, progress })),
      ),
    ];
  }

  #restore(records: Iterable<JournalRecord>): void {
    const queues = new Map<string, QueueConfig>();
    const tasks = new Map<string, Task>();
    for (const record of records) {
      if ('queue' in record) queues.set(record.queue.name, record.queue);
      else if ('deletedQueue' in record) {
        queues.delete(record.deletedQueue);
        this.#goneQueues.restore(record.deletedQueue, record.free);
        for (const name of tasks.keys()) if (queueOf(name) === record.deletedQueue) tasks.delete(name);
      } else if ('task' in record)
        tasks.set(record.task, this.#task(record.task, record.spec, record.progress));
      else if ('attempted' in record) {
        const task = tasks.get(record.attempted);
        if (task) task.progress = record.progress;
      } else {
        tasks.delete(record.gone);
        if (record.free > 0) this.#goneTasks.restore(record.gone, record.free);
      }
    }
    for (const config of queues.values()) this.#open(config);
    for (const task of tasks.values()) this.#queues.get(queueOf(task.name))?.add(task);
  }
}
