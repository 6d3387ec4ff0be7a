import type { Handlers, UnaryHandler } from '../grpc/server.ts';
import { requestBytes } from '../grpc/server.ts';
import type { Meter } from '../meter/meter.ts';

const CHUNK_BYTES = 32 * 1024;

/** What a call or an attempt with so many bytes is billed as: {@link https://cloud.google.com/tasks/docs/pricing}. */
export const operationsFor = (bytes: number): number => Math.max(1, Math.ceil(bytes / CHUNK_BYTES));

/** The same handlers, every call counted: a list counts each task that it shows. */
export function billed(handlers: Handlers, meter: Meter): Handlers {
  const entries = Object.entries(handlers).map(([name, handler]) => {
    const counted: UnaryHandler = async (request: object, metadata, call) => {
      const answer = (await (handler as UnaryHandler)(request, metadata, call)) as { tasks?: unknown[] };
      const tasks = answer.tasks?.length ?? 0;
      meter.count('tasks.operations', Math.max(tasks, operationsFor(requestBytes(request))));
      return answer;
    };
    return [name, counted] as const;
  });
  return Object.fromEntries(entries);
}
