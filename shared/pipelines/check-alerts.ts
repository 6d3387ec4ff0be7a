import { choice } from '../yaml/choice.ts';
import type { YamlPath } from '../yaml/problem.ts';
import { kindOf } from './check-windows.ts';
import { type Fault, isText, mapOf, type Unchecked } from './fault.ts';
import { numbersIn } from './measures.ts';
import { SEVERITIES } from './source.ts';

const OF_WINDOWS = ['measure', 'only', 'min-events', 'clear', 'for', 'cooldown', 'escalate'];
const KINDS = ['field', 'window', 'silent-for'] as const;
/** What a title may name, of an alert that is on no single event. */
const PLACES = {
  window: ['key', 'value', 'threshold', 'window'],
  'silent-for': ['key', 'since'],
} as const;
/** Above which side of the threshold an alert clears: hysteresis the other way round would open and close it at once. */
const CLEARS = {
  'at-least': 'at most',
  'more-than': 'at most',
  'at-most': 'at least',
  'less-than': 'at least',
};

/** A rule is on a field, on a window or on silence, with the keys of that kind; what it names of the window is there. */
export function alertFaults(source: Unchecked): Fault[] {
  const windows = mapOf(source['windows']);
  return Object.entries(mapOf(source['alerts'])).flatMap(([name, value]) => {
    const alert = mapOf(value);
    const kind = kindFaults(name, alert);
    const { window } = alert;
    if (Object.hasOwn(alert, 'silent-for')) return [...kind, ...placeFaults(name, alert, 'silent-for')];
    if (!isText(window)) return kind;
    const path = ['alerts', name, 'window'];
    if (!Object.hasOwn(windows, window)) {
      return [
        ...kind,
        { path, what: `there is no window "${window}"`, ...choice(window, Object.keys(windows)) },
      ];
    }
    return [
      ...kind,
      ...partialFaults(path, mapOf(windows[window])),
      ...kindlessFaults(path, mapOf(windows[window])),
      ...levelFaults(name, alert, mapOf(windows[window])),
    ];
  });
}

function kindFaults(name: string, alert: Unchecked): Fault[] {
  const present = KINDS.filter(key => Object.hasOwn(alert, key));
  const expected = `exactly one of ${KINDS.join(', ')}`;
  const path = ['alerts', name];
  if (present.length === 0)
    return [{ path, part: 'key', what: `"${name}" lacks a key`, expected, mend: 'add one' }];
  if (present.length > 1) {
    const what = `"${name}" has ${present.join(' and ')}`;
    return [{ path, part: 'key', what, expected, mend: 'take out all but one' }];
  }
  if (present[0] === 'window') return [];
  return OF_WINDOWS.filter(key => Object.hasOwn(alert, key)).map(key => ({
    path: ['alerts', name, key],
    part: 'key',
    what: `"${key}" goes with window only`,
    mend: 'take it out',
  }));
}

/** Of a key that is not shown nothing is known: an alert on it would stay open. */
function partialFaults(path: YamlPath, window: Unchecked): Fault[] {
  const partial = ['having', 'top'].find(key => Object.hasOwn(window, key));
  if (partial === undefined) return [];
  const what = `the window shows only some keys ("${partial}"), so an alert might never close`;
  return [{ path, what, expected: 'a window that shows all', mend: 'give the alert a window of its own' }];
}

/** A level is judged from one window to the next, by results that say all. */
function kindlessFaults(path: YamlPath, window: Unchecked): Fault[] {
  const what = {
    tumbling: undefined,
    sliding: undefined,
    session:
      'sessions follow each other at no fixed pace, so a level could not be followed from one to the next',
    global: 'the global window never is over, and what is early says nothing of levels',
  }[kindOf(window)];
  const discards =
    window['panes'] === 'discarding' ? 'each pane of the window holds a part of it only' : undefined;
  const expected = 'a tumbling or sliding window whose panes accumulate';
  const mend = 'give the alert a window of its own';
  return [what, discards].flatMap(one => (one === undefined ? [] : [{ path, what: one, expected, mend }]));
}

function levelFaults(name: string, alert: Unchecked, window: Unchecked): Fault[] {
  const at = (key: string): string[] => ['alerts', name, key];
  const faults: Fault[] = [];
  const { measure, clear, escalate, severity = 'warning' } = alert;
  if (measure === undefined) {
    const what = `"${name}" has no "measure"`;
    faults.push({
      path: ['alerts', name],
      part: 'key',
      what,
      mend: 'add the key measure, such as count or share',
    });
  } else if (isText(measure) && !measuresOf(window).includes(measure)) {
    const what = `the window has nothing to measure by "${measure}"`;
    faults.push({ path: at('measure'), what, ...choice(measure, measuresOf(window)) });
  }
  if (Object.hasOwn(alert, 'equals')) {
    const mend = 'use at-least, more-than, at-most or less-than';
    faults.push({ path: at('equals'), part: 'key', what: 'a level equals a number only by chance', mend });
  }
  for (const [operator, side] of Object.entries(CLEARS)) {
    const threshold = alert[operator];
    if (typeof clear !== 'number' || typeof threshold !== 'number') continue;
    if (side === 'at most' ? clear <= threshold : clear >= threshold) continue;
    const expected = `${side} ${threshold}, since the alert opens by ${operator} ${threshold}`;
    faults.push({ path: at('clear'), what: `"clear" is ${clear}`, expected });
  }
  const [before, after] = [severity, mapOf(escalate)['severity']].map(word =>
    (SEVERITIES as readonly unknown[]).indexOf(word),
  );
  if (before! >= 0 && after! >= 0 && after! <= before!) {
    const what = `the alert escalates from ${severity} to ${SEVERITIES[after!]}`;
    faults.push({ path: [...at('escalate'), 'severity'], what, expected: 'a higher severity' });
  }
  faults.push(...placeFaults(name, alert, 'window'));
  return faults;
}

function placeFaults(name: string, { title }: Unchecked, kind: keyof typeof PLACES): Fault[] {
  const known: readonly string[] = PLACES[kind];
  const places = isText(title) ? [...title.matchAll(/\{([^{}]*)\}/g)].map(([, place = '']) => place) : [];
  return places
    .filter(place => !known.includes(place))
    .map(place => ({
      path: ['alerts', name, 'title'],
      what: `an alert with ${kind} has no place {${place}}`,
      ...choice(place, known),
    }));
}

function measuresOf(window: Unchecked): string[] {
  return ['count', 'share', ...numbersIn(window)];
}
