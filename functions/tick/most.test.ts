import { describe, expect, it } from 'vitest';
import type { WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { windowPlan } from '../../shared/pipelines/plan.ts';
import { addEvent, type WindowState } from '../../shared/streams/state.ts';
import { contentOfState } from '../../shared/windows/content.ts';
import { type Pane, paneDocuments } from '../../shared/windows/panes.ts';
import { MostKeys } from './most.ts';

const SPEC: WindowSpec = { name: 'w', size: 60, lateness: 0, retention: 0, lanes: 1, key: [], values: {} };
const SLICE = { pipeline: 'p', window: 'w', shape: 's', start: 0 };
/** Far more than the documents of a pane take, since each is long. */
const KEYS = 4500;
const LENGTH = 3000;
const PARTS = 9;

/** A seventh of the keys have three events, three sevenths two: some of these are shown, whichever part they are in. */
function stateOf(keys: readonly number[]): WindowState {
  const state: WindowState = new Map();
  for (const key of keys) {
    const group = addEvent(state, windowPlan(SPEC), `key ${key}`.padEnd(LENGTH), {}, 0, {
      source: 's',
      id: '1',
    });
    group.count = key % 7 === 0 ? 3 : key % 7 < 4 ? 2 : 1;
  }
  return state;
}

const numbers = Array.from({ length: KEYS }, (_, n) => n);
const show = (state: WindowState) => contentOfState(state, { start: 0, end: 60_000 }, SPEC).keys;

/** Keys by the document that has them, and how many are left out. */
function documentsOf(keys: ReturnType<typeof show>, omitted: number) {
  const pane: Pane = {
    ...SLICE,
    ...{ path: 'x', end: 60_000, version: 'v', spec: SPEC, index: 0, timing: 'early' as const, final: false },
    ...{ counted: { commits: 1, events: 1 }, before: { count: 0, parts: 0 } },
    content: { count: 0, hidden: 0, omitted, keys },
  };
  const documents = paneDocuments(pane, 0);
  return {
    keys: documents.map(({ fields }) => Object.keys(fields!['keys'] as object)),
    omitted: documents[0]!.fields!['omitted'],
  };
}

describe('the keys that a pane has room for', () => {
  it('are the same taken up part by part, and nearly all others are not even looked at', () => {
    const most = new MostKeys(SPEC);
    let looked = 0;
    let fitting = 0;
    for (let part = 0; part < PARTS; part++) {
      const state = stateOf(numbers.filter(key => key % PARTS === part));
      fitting += most.add(state, candidates => {
        looked += candidates.size;
        return show(candidates);
      });
    }
    expect(fitting).toBe(KEYS);
    expect(looked).toBeLessThan(KEYS);
    const whole = documentsOf(show(stateOf(numbers)), 0);
    expect(Number(whole.omitted)).toBeGreaterThan(0);
    expect(documentsOf(most.keys(), fitting - most.keys().length)).toEqual(whole);
  });
});
