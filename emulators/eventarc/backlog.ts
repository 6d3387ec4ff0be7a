import type { Broker } from '../pubsub/types.ts';
import type { Route } from './routes.ts';
import { outstanding } from './status.ts';

/**
 * So many messages wait for the steps at most before those who publish from outside are held back. In the cloud more
 * instances start; here one machine does all, and what it cannot keep up with would only fill its memory: half a kilobyte
 * a message. A batch counts as one message.
 */
export const MOST_WAITING = 50_000;
/** A request of at most so many messages gets in while a large one no longer does: who floods sends large ones. */
const SMALL = 10;
/** Of the limit, for small requests. */
const RESERVE = 0.1;

/**
 * Says why a topic takes no more for now; nothing where it does, and for topics that no step reads. What waits anywhere
 * counts, not only there: a step that is slow further down holds the publishers back too.
 */
export function createBacklog(broker: Broker, routes: readonly Route[], most = MOST_WAITING) {
  const entries = new Set(routes.map(({ topic }) => topic));
  return (topic: string, messages: number): string | undefined => {
    if (!entries.has(topic)) return undefined;
    const waiting = routes.map(route => ({ trigger: route.trigger.name, count: outstanding(broker, route) }));
    const total = waiting.reduce((sum, { count }) => sum + count, 0);
    if (total < (messages > SMALL ? most : most + most * RESERVE)) return undefined;
    const { trigger, count } = waiting.reduce((a, b) => (a.count >= b.count ? a : b));
    return (
      `${total} messages wait for the steps, ${count} of them for ${trigger}; the local suite takes no more from ` +
      `outside while ${most} do. Publish again after a pause, as the official clients do by themselves for a minute, or put many events in a message.`
    );
  };
}
