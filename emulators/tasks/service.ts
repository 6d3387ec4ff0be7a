import { randomInt } from 'node:crypto';
import { invalidArgument, unimplemented } from '../grpc/errors.ts';
import type { Handlers } from '../grpc/server.ts';
import { checked, lastOf, locationOf, queueOf } from './names.ts';
import { newQueue, queueWire, type WireQueue, withFields } from './queue-wire.ts';
import type { TaskStore } from './store.ts';
import { scheduleOf, specOf, taskWire, type WireTask } from './task-wire.ts';

interface Named {
  readonly name?: string;
  readonly responseView?: number;
}
interface Paged {
  readonly parent?: string;
  readonly filter?: string;
  readonly pageSize?: number;
  readonly pageToken?: string;
  readonly responseView?: number;
}

const MOST_QUEUES = 9800;
const MOST_TASKS = 1000;

/** The methods of google.cloud.tasks.v2.CloudTasks; those of IAM are not there. */
export function cloudTasks(store: TaskStore): Handlers {
  const queue = (name: string | undefined) => store.queue(checked('queue', name));
  const task = (name: string | undefined) => store.task(checked('task', name));
  return {
    CreateQueue: ({ parent, queue: wire }: { parent?: string; queue?: WireQueue }) => {
      const location = checked('location', parent);
      const name = checked('queue', wire?.name);
      if (locationOf(name) !== location)
        throw invalidArgument(`The queue ${name} is not of the parent ${location}`);
      return queueWire(store.createQueue(withFields(newQueue(name), wire ?? {})).config);
    },
    UpdateQueue: ({
      queue: wire = {},
      updateMask,
    }: {
      queue?: WireQueue;
      updateMask?: { paths?: string[] };
    }) => {
      const name = checked('queue', wire.name);
      if (!store.names().includes(name))
        return queueWire(store.createQueue(withFields(newQueue(name), wire)).config);
      const known = store.queue(name);
      store.change(known, withFields(known.config, wire, updateMask?.paths));
      return queueWire(known.config);
    },
    GetQueue: ({ name }: Named) => queueWire(queue(name).config),
    ListQueues: ({ parent, filter, ...asked }: Paged) => {
      const location = checked('location', parent);
      if (filter) throw unimplemented('ListQueues with a filter');
      const names = store.names().filter(name => locationOf(name) === location);
      const { items, nextPageToken } = page(names, asked, MOST_QUEUES);
      return { queues: items.map(name => queueWire(store.queue(name).config)), nextPageToken };
    },
    PauseQueue: ({ name }: Named) => paused(name, true),
    ResumeQueue: ({ name }: Named) => paused(name, false),
    PurgeQueue: ({ name }: Named) => {
      const known = queue(name);
      store.purge(known);
      return queueWire(known.config);
    },
    DeleteQueue: ({ name }: Named) => {
      store.deleteQueue(queue(name));
      return {};
    },
    CreateTask: ({
      parent,
      task: wire = {},
      responseView,
    }: {
      parent?: string;
      task?: WireTask;
      responseView?: number;
    }) => {
      const home = checked('queue', parent);
      const named = Boolean(wire.name);
      const name = checked('task', wire.name || `${home}/tasks/${newId()}`);
      if (queueOf(name) !== home) throw invalidArgument(`The task ${name} is not of the parent ${home}`);
      const now = store.now();
      const created = store.createTask(name, specOf(wire, now, named), scheduleOf(wire, now));
      return taskWire(created, responseView);
    },
    GetTask: ({ name, responseView }: Named) => taskWire(task(name), responseView),
    ListTasks: ({ parent, responseView, ...asked }: Paged) => {
      const { tasks } = queue(parent);
      const { items, nextPageToken } = page([...tasks.keys()], asked, MOST_TASKS);
      return { tasks: items.map(name => taskWire(tasks.get(name)!, responseView)), nextPageToken };
    },
    DeleteTask: ({ name }: Named) => {
      const gone = task(name);
      store.queue(queueOf(gone.name)).delete(gone);
      return {};
    },
    RunTask: ({ name, responseView }: Named) => {
      const known = task(name);
      store.queue(queueOf(known.name)).run(known);
      return taskWire(known, responseView);
    },
  };

  function paused(name: string | undefined, state: boolean): object {
    const known = queue(name);
    store.change(known, { paused: state });
    return queueWire(known.config);
  }
}

/** One page of names in order; the token is the last one shown, without its path. */
function page(names: readonly string[], { pageSize = 0, pageToken }: Paged, most: number) {
  if (pageSize < 0) throw invalidArgument(`page_size is ${pageSize}; expected 0 or more`);
  const rest = names.filter(name => !pageToken || lastOf(name) > pageToken).sort();
  const items = rest.slice(0, Math.min(pageSize || most, most));
  return { items, nextPageToken: items.length < rest.length ? lastOf(items.at(-1)!) : '' };
}

/** Twenty digits, as Cloud Tasks names a task without a name. */
function newId(): string {
  return Array.from({ length: 2 }, () => String(randomInt(10 ** 10)).padStart(10, '0')).join('');
}
