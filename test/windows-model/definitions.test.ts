import { describe, expect, it } from 'vitest';
import type { Pipeline, WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { shapeOf } from '../../shared/windows/shape.ts';
import { eventOf, pipelineOf } from './scenario.ts';
import { world } from './world.ts';

const START = Date.UTC(2026, 10, 21, 13);

function withWindow(version: string, change: Partial<WindowSpec>): Pipeline {
  const pipeline = pipelineOf(1, 0, version);
  return { ...pipeline, windows: [{ ...pipeline.windows[0]!, ...change }] };
}

const at = (id: number, second: number) => eventOf(`${id}`, 's', START + second * 1000, 'a', id);

describe("a pipeline's file that is changed while events flow", () => {
  it('lets windows finish under the definition that they began with, each with its own events', async () => {
    const { count, tick, panes, store } = world(START);
    const old = withWindow('old', {});
    const changed = withWindow('new', { values: { value: ['value'], again: ['value'] } });
    await count(old, [at(1, 1)]);
    await tick();
    await count(changed, [at(2, 2)]);
    await count(old, [at(3, 3)]);
    await tick();
    await count(changed, [at(4, 30)]);
    await tick();
    const shape = shapeOf(changed.windows[0]!);
    const name = 'short~2026-11-21T13:00:00.000Z';
    expect(panes('model')[name]).toMatchObject({
      version: 'old',
      final: true,
      keys: { a: { count: 2, value: { sum: 4 } } },
    });
    expect(panes('model')[`${name}~${shape}`]).toMatchObject({
      version: 'new',
      shape,
      final: true,
      keys: { a: { count: 1, again: { sum: 2 } } },
    });
    // Also once the machinery has gone, each definition's late events are late.
    for (const [path] of store.collection('_millrace/aggregate/lanes')) store.put(path, undefined);
    expect(await count(old, [at(5, 4)])).toMatchObject({ late: 1 });
    expect(await count(changed, [at(6, 4)])).toMatchObject({ late: 1 });
  });

  it('keeps a window in the lanes that it began with, and lets it wait for as long as any version says', async () => {
    const { count, tick, panes, store } = world(START);
    await count(withWindow('two', { lanes: 2 }), [at(1, 1)]);
    await count(withWindow('nine', { lanes: 9, lateness: 20 }), [at(2, 2)]);
    await count(withWindow('one', { lanes: 1 }), [at(3, 15)]);
    await tick();
    const lanes = store.collection('_millrace/aggregate/lanes').map(([, { start, lanes }]) => [start, lanes]);
    expect(new Set(lanes.map(lane => JSON.stringify(lane)))).toEqual(
      new Set([JSON.stringify([new Date(START), 2]), JSON.stringify([new Date(START + 10_000), 1])]),
    );
    const pane = () => panes('model')['short~2026-11-21T13:00:00.000Z'];
    expect(pane()).toMatchObject({ timing: 'onTime', final: false, keys: { a: { count: 2 } } });
    await count(withWindow('one', {}), [at(4, 30)]);
    await tick();
    expect(pane()).toMatchObject({ final: true });
  });
});
