import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LoadedPipelines, loadPipelines } from '../shared/pipelines/load.ts';
import type { Pipeline } from '../shared/pipelines/pipeline.ts';
import { formatProblem } from '../shared/yaml/problem.ts';
import { checkRoutes } from './check-routes.ts';
import { loadWiring } from './load.ts';
import type { Topic, Wiring } from './wiring.ts';

const ROOT = resolve(import.meta.dirname, '..');
const own = loadWiring(ROOT);
const loaded = loadPipelines(resolve(ROOT, 'pipelines'));

const routedTo = (topic: string): LoadedPipelines => ({
  ...loaded,
  pipelines: [{ ...loaded.pipelines[0]!, routes: [{ topic, when: 'true' }] } satisfies Pipeline],
});
const withTopics = (...topics: readonly Topic[]): Wiring => ({ ...own, topics: [...own.topics, ...topics] });
const large: Topic = { name: 'large', description: 'd', retention: 0, routed: true };

const told = (topic: string, wiring: Wiring): string[] =>
  checkRoutes(routedTo(topic), wiring).map(problem => formatProblem(problem).replace(/^[^ ]* /, ''));

describe('a route', () => {
  it('leads to a topic that takes routes', () => {
    expect(told('large', withTopics(large))).toEqual([]);
    expect(checkRoutes(loaded, own)).toEqual([]);
  });

  it.each([
    [
      'large',
      own,
      'there is no topic "large". Mend: add to eventarc/topics.yaml: large: { description: …, routed: true, readBy: … }.',
    ],
    ['larg', withTopics(large), 'there is no topic "larg". Mend: did you mean large?'],
    [
      'events-raw',
      withTopics(large),
      'the topic "events-raw" takes no routes: what Millrace itself sends there would be mixed up with it. Expected one of large. Mend: add a topic of your own to eventarc/topics.yaml, with routed: true.',
    ],
  ])('to %s is refused where that is none', (topic, wiring, problem) => {
    expect(told(topic, wiring)).toEqual([problem]);
  });
});
