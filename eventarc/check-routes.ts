import type { LoadedPipelines } from '../shared/pipelines/load.ts';
import { nearest } from '../shared/yaml/nearest.ts';
import type { Problem } from '../shared/yaml/problem.ts';
import type { Wiring } from './wiring.ts';

/** What the routes of pipelines need of the wiring: topics that are there for them. */
export function checkRoutes({ pipelines, problem }: LoadedPipelines, { topics }: Wiring): Problem[] {
  const known = topics.filter(({ routed }) => routed).map(({ name }) => name);
  return pipelines.flatMap(({ name, routes = [] }) =>
    routes.flatMap(({ topic }) => {
      if (known.includes(topic)) return [];
      const path = ['routes', topic];
      if (topics.some(other => other.name === topic)) {
        const what = `the topic "${topic}" takes no routes: what Millrace itself sends there would be mixed up with it`;
        const expected = known.length > 0 ? `one of ${known.join(', ')}` : 'a topic with routed: true';
        return [
          problem(name, path, {
            what,
            expected,
            mend: 'add a topic of your own to eventarc/topics.yaml, with routed: true',
          }),
        ];
      }
      const what = `there is no topic "${topic}"`;
      const guess = nearest(topic, known);
      const line = `${topic}: { description: …, routed: true, readBy: … }`;
      const mend = guess === undefined ? `add to eventarc/topics.yaml: ${line}` : `did you mean ${guess}?`;
      return [problem(name, path, { what, mend })];
    }),
  );
}
