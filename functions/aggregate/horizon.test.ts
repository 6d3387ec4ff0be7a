import { describe, expect, it } from 'vitest';
import type { WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { decodeState } from '../../shared/streams/state.ts';
import { lanePath } from '../../shared/windows/lanes.ts';
import { panePath } from '../../shared/windows/panes.ts';
import { shapeOf } from '../../shared/windows/shape.ts';
import { countBatch } from './aggregate.ts';
import { ledgerPath } from './ledger.ts';
import { placeOf } from './seen.ts';
import { alone, batchOf, event, pipeline, window } from './testing.ts';

const NOW = 5;
const WEEK_MS = 7 * 24 * 3600_000;
const batch = batchOf([event(1, 1000, 'a', 3)]);
const slice = { pipeline: pipeline.name, window: window.name, shape: shapeOf(window), start: 0 };
const lane = lanePath(slice, 0);

describe('a slice of sessions', () => {
  const visits: WindowSpec = { ...window, name: 'visits', kind: 'session', size: 60 };
  const sessions = { ...pipeline, windows: [visits] };
  const at = (start: number) => ({ pipeline: 'traffic', window: 'visits', shape: shapeOf(visits), start });

  it('takes no event once the slice after it has closed, whether by its head or, that gone, by its pane', async () => {
    for (const [path, fields] of [
      [lanePath(at(60_000), 0), { sealed: true }],
      [panePath(at(60_000)), { final: true }],
    ] as const) {
      const { documents, run } = alone();
      documents.set(path, fields);
      expect((await countBatch(run, batch, sessions, NOW)).entry).toMatchObject({ accepted: 0, late: 1 });
    }
  });

  it('takes none either where it came to be for what was carried into it, between closed ones', async () => {
    const { documents, run } = alone();
    await countBatch(run, batch, sessions, NOW);
    const head = lanePath(at(0), 0);
    documents.set(head, { ...documents.get(head), shut: true });
    const { entry } = await countBatch(run, { ...batch, id: 'b2' }, sessions, NOW);
    expect(entry).toMatchObject({ accepted: 0, late: 1 });
  });
});

describe('the horizon', () => {
  it('of a batch outlasts its windows by a week', async () => {
    const { documents, run } = alone();
    const hour = { ...window, name: 'hour', size: 3600, lateness: 600, retention: 7200 };
    const time = { ...pipeline.time, maximalSkew: 30 };
    await countBatch(run, batch, { ...pipeline, time, windows: [window, hour] }, NOW);
    const expireAt = documents.get(ledgerPath('b1'))!['expireAt'] as Date;
    expect(expireAt.getTime()).toBe(NOW + (3600 + 600 + 7200 + 30) * 1000 + WEEK_MS);
  });

  it('of a batch once over, a repetition is late where its window has closed', async () => {
    const { documents, run } = alone();
    await countBatch(run, batch, pipeline, NOW);
    documents.delete(ledgerPath('b1'));
    documents.set(lane, { ...documents.get(lane), sealed: true });
    const { entry } = await countBatch(run, batch, pipeline, NOW);
    expect(entry).toMatchObject({ accepted: 0, late: 1 });
  });

  it('of a batch once over, a repetition counts again where its window is still open', async () => {
    const { documents, run } = alone();
    await countBatch(run, batch, pipeline, NOW);
    documents.delete(ledgerPath('b1'));
    const { entry } = await countBatch(run, batch, pipeline, NOW);
    expect(entry).toMatchObject({ accepted: 1, late: 0 });
    expect(decodeState(documents.get(lane)!['state'] as Uint8Array).get('a')!.count).toBe(2);
  });

  it('of a closed window is that of its pane', async () => {
    const { documents, run } = alone();
    documents.set(panePath(slice), { final: true });
    expect((await countBatch(run, batch, pipeline, NOW)).entry).toMatchObject({ accepted: 0, late: 1 });
  });

  it('of an event is that of its pipeline', async () => {
    const { documents, run } = alone();
    const known = { ...pipeline, horizon: 60 };
    await countBatch(run, batch, known, NOW);
    const { entry } = await countBatch(run, { ...batch, id: 'b2' }, known, NOW + 1);
    expect(entry).toMatchObject({ accepted: 0, repeated: 1 });
    const { path } = placeOf(pipeline.name, batch.events[0]!);
    expect(documents.get(path)!['expireAt']).toEqual(new Date(NOW + 60_000));
    documents.delete(path);
    expect((await countBatch(run, { ...batch, id: 'b3' }, known, NOW + 2)).entry.repeated).toBe(0);
  });
});
