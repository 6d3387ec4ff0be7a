import { sliceLength } from '../streams/slices.ts';
import { secondsOf } from './check-durations.ts';
import { type Fault, mapOf, type Unchecked } from './fault.ts';

/** Whoever shows a sliding window reads so many slices: every ten minutes of a day, or every five of one. */
export const MOST_SLICES = 288;

type Kind = 'tumbling' | 'sliding' | 'session' | 'global';

/** What makes no sense with a kind of window, and what to do instead. */
const MISPLACED: readonly { readonly key: string; readonly kinds: readonly Kind[]; readonly what: string }[] =
  [
    { key: 'early', kinds: ['session'], what: 'sessions are shown when they end' },
    { key: 'lateness', kinds: ['global'], what: 'the global window never ends' },
    { key: 'retention', kinds: ['global'], what: 'the global window never ends' },
  ];

/** The rules on windows that no schema can state. */
export function windowFaults(source: Unchecked): Fault[] {
  return Object.entries(mapOf(source['windows'])).flatMap(([name, value]) => {
    const window = mapOf(value);
    const path = ['windows', name];
    const kind = kindOf(window);
    return [
      ...MISPLACED.filter(({ key, kinds }) => kinds.includes(kind) && Object.hasOwn(window, key)).map(
        ({ key, what }): Fault => ({ path: [...path, key], part: 'key', what, mend: 'take it out' }),
      ),
      ...(kind === 'sliding' ? slidingFaults(path, window) : []),
      ...(kind === 'global' && !Object.hasOwn(window, 'early') ? [unseen(path)] : []),
      ...(kind === 'session' ? nameFaults(path, window) : []),
      ...(isShared(kind) && window['panes'] === 'discarding' ? [shared(path, kind)] : []),
    ];
  });
}

export function kindOf(window: Unchecked): Kind {
  if (Object.hasOwn(window, 'session')) return 'session';
  if (Object.hasOwn(window, 'global')) return 'global';
  return Object.hasOwn(window, 'every') && window['every'] !== window['size'] ? 'sliding' : 'tumbling';
}

const isShared = (kind: Kind): boolean => kind === 'sliding' || kind === 'session';

function slidingFaults(path: readonly string[], window: Unchecked): Fault[] {
  const [size, slide] = [secondsOf(window['size']), secondsOf(window['every'])];
  if (!size || !slide) return [];
  const at = [...path, 'every'];
  if (slide > size) {
    const what = `"every" is ${window['every']}, so that no window takes what lies between`;
    return [{ path: at, what, expected: `at most the size, ${window['size']}` }];
  }
  const slices = size / sliceLength({ kind: 'sliding', size, slide });
  const faults: Fault[] = [];
  if (slices > MOST_SLICES) {
    const what = `a window of ${window['size']} every ${window['every']} is kept in ${slices} pieces`;
    const expected = `at most ${MOST_SLICES}`;
    const mend = 'choose a longer "every" that the size is a multiple of';
    faults.push({ path: at, what, expected, mend });
  }
  if (Object.hasOwn(mapOf(window['early']), 'count')) {
    const what = 'an event counts in several sliding windows, so none is shown by their number';
    faults.push({ path: [...path, 'early', 'count'], part: 'key', what, mend: 'use early.every' });
  }
  return faults;
}

function nameFaults(path: readonly string[], window: Unchecked): Fault[] {
  return ['values', 'measures'].flatMap(group =>
    ['start', 'end']
      .filter(name => Object.hasOwn(mapOf(window[group]), name))
      .map(name => ({
        path: [...path, group, name],
        part: 'key' as const,
        what: `a session says its own "${name}"`,
        mend: 'choose another name',
      })),
  );
}

function unseen(path: readonly string[]): Fault {
  const what = 'the global window never ends, so without "early" nobody sees it';
  return { path, part: 'key', what, mend: 'add early, such as early: { every: 1m }' };
}

function shared(path: readonly string[], kind: Kind): Fault {
  const what = `what a ${kind} window counts belongs to others too, so a pane cannot discard it`;
  return { path: [...path, 'panes'], what, expected: 'accumulating', mend: 'take it out' };
}
