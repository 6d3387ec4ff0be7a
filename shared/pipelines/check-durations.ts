import { parseDuration } from '../duration/duration.ts';
import type { YamlPath } from '../yaml/problem.ts';
import { type Fault, isText, mapOf, type Unchecked } from './fault.ts';

const DAY = 86_400;
/** Far beyond every use, and far within what a timestamp can hold. */
const LONGEST = 3650 * DAY;

/** A window of no length would never end; a duration of ages would end beyond the calendar. */
export function durationFaults(source: Unchecked): Fault[] {
  return durationsOf(source).flatMap(({ path, text, least }) => {
    const seconds = secondsOf(text);
    if (seconds === undefined || (seconds >= least && seconds <= LONGEST)) return [];
    const expected = `at least ${least}s and at most ${LONGEST / DAY}d`;
    return [{ path, what: `"${path.at(-1)}" is ${JSON.stringify(text)}`, expected }];
  });
}

function durationsOf(source: Unchecked): { path: YamlPath; text: unknown; least: number }[] {
  return [
    { path: ['time', 'skew'], text: mapOf(source['time'])['skew'], least: 0 },
    { path: ['feed', 'keep'], text: mapOf(source['feed'])['keep'], least: 1 },
    ...[
      { name: 'before', least: 0 },
      { name: 'after', least: 0 },
      { name: 'lateness', least: 0 },
      { name: 'retention', least: 60 },
    ].map(({ name, least }) => ({
      path: ['interval-join', name],
      text: mapOf(source['interval-join'])[name],
      least,
    })),
    ...Object.entries(mapOf(source['windows'])).flatMap(([name, window]) => [
      ...['size', 'every', 'session'].map(key => ({
        path: ['windows', name, key],
        text: mapOf(window)[key],
        least: 1,
      })),
      {
        path: ['windows', name, 'early', 'every'],
        text: mapOf(mapOf(window)['early'])['every'],
        least: 1,
      },
      { path: ['windows', name, 'lateness'], text: mapOf(window)['lateness'], least: 0 },
      { path: ['windows', name, 'retention'], text: mapOf(window)['retention'], least: 0 },
      ...Object.entries(mapOf(mapOf(window)['measures'])).flatMap(([measure, source]) =>
        ['half-life', 'per'].map(key => ({
          path: ['windows', name, 'measures', measure, key],
          text: mapOf(source)[key],
          least: 1,
        })),
      ),
    ]),
    ...Object.entries(mapOf(source['alerts'])).flatMap(([name, alert]) => [
      { path: ['alerts', name, 'silent-for'], text: mapOf(alert)['silent-for'], least: 1 },
      { path: ['alerts', name, 'for'], text: mapOf(alert)['for'], least: 0 },
      { path: ['alerts', name, 'cooldown'], text: mapOf(alert)['cooldown'], least: 0 },
      {
        path: ['alerts', name, 'escalate', 'after'],
        text: mapOf(mapOf(alert)['escalate'])['after'],
        least: 0,
      },
    ]),
  ];
}

/** Undefined for what is no duration. */
export function secondsOf(text: unknown): number | undefined {
  if (!isText(text)) return undefined;
  try {
    return parseDuration(text);
  } catch {
    return undefined; // The schema tells it.
  }
}
