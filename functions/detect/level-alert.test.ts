import { Timestamp } from '@google-cloud/firestore';
import { describe, expect, it } from 'vitest';
import type { LevelRule } from '../../shared/pipelines/pipeline.ts';
import type { Episode } from './level.ts';
import { changesTo, levelAlert, levelAlertId, retracted } from './level-alert.ts';

const RULE: LevelRule = {
  name: 'slow',
  window: 'hourly',
  measure: { of: 'mean', value: 'delay' },
  minEvents: 0,
  operator: 'more-than',
  threshold: 30,
  clear: 20,
  for: 0,
  cooldown: 0,
  severity: 'warning',
  title: '{key} in {window}: {value} over {threshold} {unknown}',
};
const EPISODE: Episode = {
  ...{ key: 'ABE', version: 'v', opening: 0, since: 0, openedAt: 3600_000, time: 7200_000, windows: 2 },
  ...{ value: 31.23456, severity: 'warning' },
};
const alert = levelAlert('flights', RULE, EPISODE);

describe("a level's alert", () => {
  it('says what was measured, since when, and in which pane it opened', () => {
    expect(alert).toEqual({
      ...{ pipeline: 'flights', rule: 'slow', severity: 'warning', window: 'hourly', measure: 'delay.mean' },
      ...{ value: 31.23456, threshold: 30, key: 'ABE', windows: 2 },
      ...{ time: new Date(7200_000), since: new Date(0), openedAt: new Date(3600_000) },
      title: 'ABE in hourly: 31.23 over 30 {unknown}',
      pane: 'windows/flights/panes/hourly~1970-01-01T00:00:00.000Z',
    });
  });

  it('is known by rule, key and opening pane, whatever became of it', () => {
    const id = levelAlertId('flights', 'slow', EPISODE);
    expect(id).toMatch(/^slow-[0-9a-f]{20}$/);
    expect(levelAlertId('flights', 'slow', { ...EPISODE, value: 1, closedAt: 1 })).toBe(id);
    expect(levelAlertId('flights', 'slow', { ...EPISODE, opening: 1 })).not.toBe(id);
    expect(levelAlertId('flights', 'slow', { ...EPISODE, key: 'A' })).not.toBe(id);
  });

  it('is written in full where there is none, and not at all where it stands', () => {
    expect(changesTo(undefined, alert)).toEqual({ ...alert, state: 'open' });
    const stored = { ...alert, state: 'open', time: Timestamp.fromMillis(7200_000) };
    expect(changesTo(stored, alert)).toBeUndefined();
    expect(changesTo(stored, { ...alert, value: 33 })).toEqual({ value: 33 });
  });

  it('that a client has acknowledged is never open again', () => {
    const mine = { ...alert, state: 'acknowledged', acknowledgedBy: 'ann', acknowledgedAt: new Date() };
    expect(changesTo(mine, alert)).toBeUndefined();
    const closedAt = new Date(9000_000);
    expect(changesTo(mine, { ...alert, closedAt })).toEqual({ closedAt, state: 'closed' });
    expect(changesTo({ ...mine, closedAt, state: 'closed' }, alert)).toEqual({
      closedAt: undefined,
      state: 'acknowledged',
    });
  });

  it('that is taken back is closed and says so, until it stands again', () => {
    const stored = { ...alert, state: 'open' };
    const taken = { closedAt: new Date(3600_000), retracted: true, state: 'closed' };
    expect(changesTo(stored, retracted(EPISODE))).toEqual(taken);
    expect(changesTo({ ...stored, ...taken }, retracted(EPISODE))).toBeUndefined();
    expect(changesTo({ ...stored, ...taken }, alert)).toEqual({
      closedAt: undefined,
      retracted: undefined,
      state: 'open',
    });
  });
});
