import { describe, expect, it } from 'vitest';
import type { Pipeline, WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { eventOf, pipelineOf } from './scenario.ts';
import { world } from './world.ts';

const START = Date.UTC(2026, 10, 21, 13);
const MINUTE = 60_000;

function withWindow(form: Partial<WindowSpec>, lateness = 0): Pipeline {
  return pipelineOf(2, lateness, 'v', undefined, [{ name: 'w', ...form }]);
}

/** An event of a second, of key `a` unless it is of another. */
const at = (second: number, key = 'a') => eventOf(`${second}${key}`, 's', START + second * 1000, key, second);

/** The steps, with what is to be seen of the window: by the second that it begins in, `TIMING INDEX: KEY COUNT, …`. */
function play(pipeline: Pipeline) {
  const { count, tick, panes, clock } = world(START);
  return {
    clock,
    tick,
    panes: () => panes('model'),
    come: (...events: ReturnType<typeof at>[]) => count(pipeline, events),
    upload: (...events: ReturnType<typeof at>[]) => count(pipeline, events, 'u'),
    seen: () =>
      Object.fromEntries(
        Object.values(panes('model'))
          .filter(pane => pane['pane'] === undefined)
          .map(({ start, timing, index, final, keys }) => {
            const groups = Object.entries(keys as Record<string, { count: number }>);
            const said = groups.map(([key, group]) => `${key} ${group.count}`).join(', ');
            return [
              ((start as Date).getTime() - START) / 1000,
              `${timing} ${index}${final ? '.' : ':'} ${said}`,
            ];
          }),
      ),
  };
}

describe('sliding windows', () => {
  const pipeline = withWindow({ kind: 'sliding', size: 30, slide: 10 }, 20);

  it('are shown on time as each ends, and are one event more where it comes late', async () => {
    const { come, tick, seen } = play(pipeline);
    await come(at(5), at(12), at(25));
    await tick();
    // The first two end at 10 and 20: those begin before.
    expect(seen()).toEqual({ '-20': 'onTime 0: a 1', '-10': 'onTime 0: a 2' });
    await come(at(13), at(31));
    await tick();
    expect(seen()).toEqual({ '-20': 'onTime 1. a 1', '-10': 'late 1: a 3', '0': 'onTime 0: a 4' });
  });

  it('that have closed take no event any more, which counts in the others; late is what comes after the last', async () => {
    const { come, tick, seen } = play(pipeline);
    await come(at(5), at(41));
    await tick();
    expect(seen()).toMatchObject({ '-20': 'onTime 0. a 1', '-10': 'onTime 0. a 1', '0': 'onTime 0: a 1' });
    expect(await come(at(6))).toMatchObject({ accepted: 1, late: 0 });
    await tick();
    expect(seen()).toMatchObject({ '-20': 'onTime 0. a 1', '-10': 'onTime 0. a 1', '0': 'late 1: a 2' });
    await come(at(52));
    await tick();
    expect(seen()).toMatchObject({ '0': 'late 2. a 2' });
    const { late, lateEvents } = await come(at(7));
    expect([late, lateEvents]).toEqual([1, [{ event: 0, window: 'w', start: START }]]);
  });

  it('are shown early only where they say so, and then at the multiples of their period', async () => {
    const { come, tick, seen, clock } = play(
      withWindow({ kind: 'sliding', size: 30, slide: 10, early: { every: 15 } }),
    );
    await come(at(1));
    await tick();
    expect(seen()).toEqual({});
    clock.now += 15_000;
    await tick();
    expect(seen()).toEqual({ '-20': 'early 0: a 1', '-10': 'early 0: a 1', '0': 'early 0: a 1' });
    clock.now += 14_000;
    await come(at(2));
    await tick();
    expect(seen()).toMatchObject({ '0': 'early 0: a 1' });
    clock.now += 1000;
    await tick();
    expect(seen()).toMatchObject({ '0': 'early 1: a 2' });
  });
});

describe('sessions', () => {
  const pipeline = withWindow({ kind: 'session', size: 10 }, 30);

  it('are shown on time with the slice that they end in, each with its beginning and its end', async () => {
    const { come, tick, seen, panes } = play(pipeline);
    await come(at(2), at(11), at(19), at(3, 'b'), at(45));
    await tick();
    expect(seen()).toEqual({ '10': 'onTime 0: b 1', '20': 'onTime 0: a 3' });
    const pane = panes()['w~2026-11-21T13:00:20.000Z'] as { keys: { a: object } };
    expect(pane.keys.a).toMatchObject({
      start: new Date(START + 2000),
      end: new Date(START + 29_000),
      value: { sum: 32 },
    });
  });

  it('that were shown apart are one where a late event joins them: the first pane loses its own, the last has it all', async () => {
    const { come, tick, seen } = play(withWindow({ kind: 'session', size: 10 }, 60));
    await come(at(1), at(18), at(41));
    await tick();
    expect(seen()).toEqual({ '10': 'onTime 0: a 1', '20': 'onTime 0: a 1' });
    await come(at(9));
    await tick();
    expect(seen()).toEqual({ '10': 'late 1: ', '20': 'late 1: a 3' });
  });

  it('go on through slices without any event, and are late where the one that they end in has closed', async () => {
    const { come, tick, seen } = play(withWindow({ kind: 'session', size: 10 }));
    await come(at(5), at(14), at(23), at(32), at(60));
    await tick();
    expect(seen()).toEqual({ '40': 'onTime 0. a 4' });
    expect(await come(at(35))).toMatchObject({ late: 1 });
    // Its session ends in the slice from 40 on, though none of the slice from 30 on has been shown.
    expect(await come(at(39, 'c'))).toMatchObject({ late: 1 });
    expect(await come(at(50))).toMatchObject({ late: 0 });
  });

  it('end by the clock where their source has gone silent', async () => {
    const { come, tick, seen, clock } = play(withWindow({ kind: 'session', size: 10 }));
    await come(at(2), at(8));
    for (let minute = 0; minute < 4; minute++) {
      clock.now += MINUTE;
      await tick();
    }
    expect(seen()).toEqual({ '10': 'onTime 0. a 2' });
  });

  it('of events without a key are those of the empty one', async () => {
    const { come, tick, seen } = play(pipeline);
    await come(at(2, ''), at(4, ''), at(21));
    await tick();
    expect(seen()).toEqual({ '10': 'onTime 0: % 2' });
  });
});

describe('the global window', () => {
  const start = (Date.parse('0001-01-01T00:00:00.000Z') - START) / 1000;

  it('is shown as time goes by, and before more events wait than it says', async () => {
    const { come, tick, seen, clock } = play(
      withWindow({ kind: 'global', size: 0, early: { every: 60, count: 4 } }),
    );
    const asked: boolean[] = [];
    for (let second = 0; second < 4; second++) {
      await come(at(second));
      await tick();
      asked.push(Object.keys(seen()).length > 0);
    }
    expect(asked.at(-1)).toBe(true);
    expect(seen()[start]).toMatch(/^early \d: a [34]$/);
    await come(at(100 * 24 * 3600));
    clock.now += MINUTE;
    await tick();
    expect(seen()[start]).toMatch(/^early \d: a 5$/);
  });
});

describe('panes that discard', () => {
  it('hold what is new, are kept, and come to all events together', async () => {
    const { come, tick, panes } = play(withWindow({ size: 10, panes: 'discarding' }, 30));
    await come(at(1), at(2));
    await tick();
    await come(at(3), at(3, 'b'), at(11));
    await tick();
    await come(at(4));
    await tick();
    const name = 'w~2026-11-21T13:00:00.000Z';
    const held = [0, 1, 2].map(index => {
      const { timing, count, keys } = panes()[`${name}~p${index}`]!;
      return [timing, count, Object.keys(keys as object)];
    });
    expect(held).toEqual([
      ['early', 2, ['a']],
      ['onTime', 2, ['a', 'b']],
      ['late', 1, ['a']],
    ]);
    expect(panes()[name]).toMatchObject({ count: 5, index: 2, accumulating: false, final: false });
  });
});
