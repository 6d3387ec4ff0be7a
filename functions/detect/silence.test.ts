import { describe, expect, it } from 'vitest';
import type { PipelineEvent } from '../../shared/batches/batch.ts';
import type { KeyedProcess } from '../../shared/keyed/process.ts';
import { forgetting, type Heard, type SilenceAlert, silence } from './silence.ts';

const RULE = { name: 'offline', after: 100, severity: 'critical', title: '{key}, last at {since}' } as const;
const DAY = 24 * 3600;
const EVENT: PipelineEvent = {
  specversion: '1.0',
  id: 'e',
  source: 's',
  type: 't',
  time: '2026-03-01T00:00:00.000Z',
  partitionkey: 'd',
  data: {},
};

/** One key under a rule, driven by hand. Seconds. */
function keyOf() {
  let state: Heard | undefined;
  let due: number | undefined;
  const told: SilenceAlert[] = [];
  const take = (
    process: KeyedProcess<Heard, SilenceAlert>,
    input: Parameters<typeof process>[2],
    second: number,
  ) => {
    const outcome = process('d', state, input, { clock: second * 1000, watermark: undefined });
    if ('refused' in outcome) throw new Error(outcome.refused);
    const same = state === outcome.state;
    state = outcome.state;
    due = outcome.timers[0] && outcome.timers[0].at / 1000;
    told.push(...outcome.emit);
    return same;
  };
  const rule = silence('p', RULE);
  return {
    told,
    get due() {
      return due;
    },
    get state() {
      return state;
    },
    /** @returns whether the key is left as it was */
    hear: (second: number, live = true) => take(rule, { event: EVENT, pipeline: 'p', live }, second),
    fire: (process: KeyedProcess<Heard, SilenceAlert> = rule) =>
      take(process, { timer: { time: 'processing', at: due! * 1000 } }, due!),
  };
}

describe('a silence', () => {
  it('opens an alert, known by rule, key and when it was last heard of, and closes it when the key speaks', () => {
    const key = keyOf();
    key.hear(1000);
    key.fire();
    key.hear(5000);
    expect(key.told).toMatchObject([
      {
        kind: 'opened',
        fields: {
          ...{
            pipeline: 'p',
            rule: 'offline',
            severity: 'critical',
            state: 'open',
            key: 'd',
            silentFor: 100,
          },
          ...{ title: 'd, last at 1970-01-01T00:16:40.000Z', openedAt: new Date(1100_000) },
        },
      },
      { kind: 'closed', fields: { state: 'closed', closedAt: new Date(5000_000) } },
    ]);
    expect(key.told[0]!.id).toBe(key.told[1]!.id);
    key.fire();
    expect(key.told[2]!.id).not.toBe(key.told[0]!.id);
  });

  it('never opens early, and at most a twentieth late: within that a key that speaks is not written again', () => {
    const key = keyOf();
    key.hear(1000);
    expect(key.due).toBe(1105);
    expect(key.hear(1004.999)).toBe(true);
    expect(key.due).toBe(1105);
    expect(key.hear(1005)).toBe(false);
    expect(key.due).toBe(1110);
  });

  it('is none of an upload', () => {
    const key = keyOf();
    key.hear(1000, false);
    expect(key.state).toBeUndefined();
    key.hear(1000);
    key.hear(1090, false);
    expect(key.due).toBe(1105);
  });

  it('is forgotten after thirty days, and its alert closed', () => {
    const key = keyOf();
    key.hear(0);
    key.fire();
    expect(key.due).toBe(105 + 30 * DAY);
    key.fire();
    expect(key.state).toBeUndefined();
    expect(key.told[1]).toMatchObject({ kind: 'closed', fields: { state: 'closed', forgotten: true } });
  });

  it('whose rule is gone opens nothing more, and its alert closes', () => {
    const quiet = keyOf();
    quiet.hear(0);
    quiet.fire(forgetting('p', 'offline'));
    expect([quiet.state, quiet.told]).toEqual([undefined, []]);
    const open = keyOf();
    open.hear(0);
    open.fire();
    open.fire(forgetting('p', 'offline'));
    expect(open.told.map(({ id, kind }) => [id, kind])).toEqual([
      [open.told[0]!.id, 'opened'],
      [open.told[0]!.id, 'closed'],
    ]);
  });
});
