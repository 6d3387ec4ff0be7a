import { invalidArgument } from '../grpc/errors.ts';

const PROJECT = '[A-Za-z0-9.:-]+';
const PLACE = `projects/${PROJECT}/locations/[A-Za-z0-9-]+`;
const QUEUE = '[A-Za-z0-9-]{1,100}';
const TASK = '[A-Za-z0-9_-]{1,500}';

const FORMS = {
  location: [new RegExp(`^${PLACE}$`), 'projects/PROJECT/locations/LOCATION'],
  queue: [new RegExp(`^${PLACE}/queues/${QUEUE}$`), 'projects/PROJECT/locations/LOCATION/queues/QUEUE'],
  task: [
    new RegExp(`^${PLACE}/queues/${QUEUE}/tasks/${TASK}$`),
    'projects/PROJECT/locations/LOCATION/queues/QUEUE/tasks/TASK',
  ],
} as const;

/** @throws INVALID_ARGUMENT where the name has not the form */
export function checked(kind: keyof typeof FORMS, name: string | undefined): string {
  const [form, expected] = FORMS[kind];
  if (name !== undefined && form.test(name)) return name;
  throw invalidArgument(`The name '${name ?? ''}' is no ${kind}'s. Expected ${expected}`);
}

export const locationOf = (queue: string): string => queue.slice(0, queue.indexOf('/queues/'));
export const queueOf = (task: string): string => task.slice(0, task.indexOf('/tasks/'));
export const lastOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
