import { describe, expect, it } from 'vitest';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import type { Fields, Transaction } from '../../shared/windows/transaction.ts';
import type { SilenceAlert } from './silence.ts';
import { effectsOf, operatorAt, operatorsOf } from './silence-operators.ts';

const RULE = { name: 'offline', after: 60, severity: 'warning', title: '{key}' } as const;
const pipeline = { name: 'beats', version: 'v1', silences: [RULE] } as unknown as Pipeline;
const opened: SilenceAlert = { id: 'a', kind: 'opened', fields: { state: 'open', title: 'k' } };
const closed: SilenceAlert = { id: 'a', kind: 'closed', fields: { state: 'closed' } };

async function changes(alert: SilenceAlert, document: Fields | undefined) {
  const transaction = { read: async () => [document] } as unknown as Transaction;
  const effects = await effectsOf(transaction, [alert], operatorsOf(pipeline)[0]!, 0);
  expect(effects.outbox).toEqual([]);
  return effects.changes.map(({ path, fields, merge }) => ({ path, fields, merge }));
}

describe("a silence's alert", () => {
  it('is written whole where there is none, and left alone where it stands', async () => {
    expect(await changes(opened, undefined)).toEqual([
      { path: 'alerts/a', fields: opened.fields, merge: false },
    ]);
    expect(await changes(opened, { state: 'acknowledged' })).toEqual([]);
  });

  it('keeps who acknowledged it when it closes, and is not made anew where somebody has deleted it', async () => {
    expect(await changes(closed, { state: 'acknowledged', acknowledgedBy: 'ann' })).toEqual([
      { path: 'alerts/a', fields: closed.fields, merge: true },
    ]);
    expect(await changes(closed, undefined)).toEqual([]);
  });
});

describe('the operator of a silence', () => {
  const timer = { timer: { time: 'processing', at: 0 } } as const;
  const heard = { at: 0 };
  const now = { clock: 0, watermark: undefined };

  it('is that of the rule today', () => {
    const [operator] = operatorsOf(pipeline);
    expect(operator!.name).toBe('beats~offline');
    expect(operatorAt(pipeline, 'beats~offline').process('k', heard, timer, now)).toMatchObject({
      emit: [{ kind: 'opened' }],
    });
  });

  it('forgets its keys once the rule is gone', () => {
    const without = { ...pipeline, silences: [] };
    expect(operatorAt(without, 'beats~offline').process('k', heard, timer, now)).toEqual({
      ...{ state: undefined, timers: [], emit: [] },
    });
  });
});
