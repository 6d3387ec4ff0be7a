import { type Case, secondsOf } from '../case.ts';
import type { Finding } from '../finding.ts';
import { APPLY } from '../mends.ts';

export function checkTopics({ wiring, answers }: Case): Finding[] {
  return wiring.topics.flatMap(({ name, retention }): Finding[] => {
    const place = `topic ${name}`;
    if (answers.isMissing('topic', name)) {
      const what = 'it is not there: whoever publishes to it fails';
      return [{ severity: 'error', place, what, expected: 'a topic', mend: APPLY }];
    }
    const topic = answers.get('topic', name);
    const kept = secondsOf(topic?.messageRetentionDuration) ?? 0;
    if (topic === undefined || kept >= retention) return [];
    const what = `it keeps messages for ${kept} s: a seek back reaches no further`;
    return [{ severity: 'warning', place, what, expected: `${retention} s`, mend: APPLY }];
  });
}
