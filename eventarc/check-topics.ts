import type { Problem } from '../shared/yaml/checked.ts';
import { ROUTING_STEP } from './catalogue.ts';
import { readDuration } from './check-triggers.ts';
import type { Sources } from './read.ts';
import { reporter } from './report.ts';

const DAY = 86_400;

/** Retention within Pub/Sub's bounds, a reader for every topic, and no route in a circle. */
export function checkTopics({ topics, triggers }: Sources): Problem[] {
  const problems: Problem[] = [];
  const report = reporter(topics, problems);
  const read = new Set(Object.values(triggers.value ?? {}).map(trigger => trigger?.topic));
  for (const [name, topic] of Object.entries(topics.value ?? {})) {
    if (!topics.sound([name])) continue;
    if (topic.retention !== undefined) {
      const seconds = readDuration([name, 'retention'], topic.retention, report);
      if (seconds !== undefined && (seconds < 600 || seconds > 31 * DAY)) {
        const what = `the retention of "${name}" is ${topic.retention}`;
        report([name, 'retention'], { what, expected: 'a time from 10m to 31d' });
      }
    }
    const back = Object.entries(triggers.value ?? {}).find(
      ([, trigger]) => trigger?.topic === name && trigger.step === ROUTING_STEP,
    );
    if (topic.routed && back) {
      const what = `what is routed to "${name}" would come back to ${ROUTING_STEP} by the trigger ${back[0]}`;
      report([name, 'routed'], { what, mend: 'take out one of the two' }, 'key');
    }
    if (!read.has(name) && topic.readBy === undefined) {
      const what = `no trigger reads the topic "${name}"`;
      const mend = 'add a trigger for it, say in readBy who else reads it, or take it out';
      report([name], { what, mend }, 'key');
    }
  }
  return problems;
}
