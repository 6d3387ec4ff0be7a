import type { CloudTasksClient } from '@google-cloud/tasks';
import { projectId } from '../config/config.ts';
import { type CloudEvent, timestamp, toBinaryHeaders } from '../events/cloudevent.ts';
import { idOf } from '../ids/ids.ts';

/** The type of the event that a timer sends. */
export const TIMER = 'millrace.timer';

/** One event to come. */
export interface Timer {
  /** Name of the queue in eventarc/triggers.yaml, whose trigger says which step is woken. */
  readonly queue: string;
  /** What it is for: the same parts are the same timer, however often and by whomever it is set. */
  readonly name: readonly string[];
  /** ms since the epoch, at most 30 days ahead. */
  readonly at: number;
  /** JSON. */
  readonly data: unknown;
}

export interface Timers {
  /**
   * Sets a timer, once: a name is remembered until about an hour after its event.
   * @returns whether it is new
   * @throws the client's error, or one that names the variable that is missing
   */
  set(timer: Timer): Promise<boolean>;
}

const ALREADY_EXISTS = 6;
/** A step waits for it before it acknowledges. */
const TIMEOUT_MS = 5000;
/** The queue's own target stands in for it; where there is none, nobody is called by mistake. */
const NOBODY = 'https://queue-without-a-target.invalid/';

/** Timers as Cloud Tasks. The client is loaded with the first: most instances start without setting any. */
export function createTimers(environment: NodeJS.ProcessEnv = process.env): Timers {
  let client: Promise<CloudTasksClient> | undefined;
  return {
    set: async timer => {
      const project = projectId(environment);
      const parent = `projects/${project}/locations/${locationOf(environment)}/queues/${timer.queue}`;
      client ??= createClient(project, environment);
      const tasks = await client;
      try {
        await tasks.createTask({ parent, task: taskOf(timer, parent) }, { timeout: TIMEOUT_MS });
        return true;
      } catch (error) {
        if ((error as { code?: number }).code === ALREADY_EXISTS) return false;
        throw error;
      }
    },
  };
}

/** The event of a timer, in binary mode. */
function taskOf({ name, at, data }: Timer, parent: string) {
  // The hash comes first: names that begin alike slow Cloud Tasks down.
  const readable = name
    .join('-')
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, 100);
  const id = `${idOf(...name)}-${readable}`;
  const event = {
    specversion: '1.0',
    id,
    source: `//cloudtasks.googleapis.com/${parent}`,
    type: TIMER,
    time: timestamp(at),
    datacontenttype: 'application/json',
  };
  return {
    name: `${parent}/tasks/${id}`,
    scheduleTime: { seconds: Math.floor(at / 1000), nanos: Math.round((at % 1000) * 1e6) },
    httpRequest: {
      url: NOBODY,
      httpMethod: 'POST' as const,
      headers: toBinaryHeaders(event),
      body: Buffer.from(JSON.stringify(data)),
    },
  };
}

/** What a timer was set with; undefined for an event of another kind. */
export function timerData<T>(event: CloudEvent<unknown>): T | undefined {
  return event.type === TIMER ? (event.data as T) : undefined;
}

function locationOf(environment: NodeJS.ProcessEnv): string {
  const location = environment['GOOGLE_CLOUD_LOCATION'];
  if (location) return location;
  throw new Error('GOOGLE_CLOUD_LOCATION is not set. Set it to the region of the queues to have timers.');
}

/** This client alone of Google's heeds no variable for an emulator, so its options are filled in from one. */
async function createClient(projectId: string, environment: NodeJS.ProcessEnv): Promise<CloudTasksClient> {
  const { CloudTasksClient } = await import('@google-cloud/tasks');
  const emulator = environment['CLOUD_TASKS_EMULATOR_HOST'];
  if (!emulator) return new CloudTasksClient({ projectId });
  const { credentials } = await import('@grpc/grpc-js');
  const { hostname, port } = new URL(`http://${emulator}`);
  const sslCreds = credentials.createInsecure();
  return new CloudTasksClient({ projectId, apiEndpoint: hostname, port: Number(port), sslCreds });
}
