import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PipelineEvent } from '../../shared/batches/batch.ts';
import type { IntervalJoin } from '../../shared/pipelines/pipeline.ts';
import { intervalJoin, type Sides } from './join.ts';
import { operatorsOf } from './operators.ts';

const SPEC: IntervalJoin = {
  name: 'pairs',
  left: 'orders',
  right: 'payments',
  before: 1,
  after: 10,
  unmatched: 'keep',
  lateness: 5,
  retention: 3600,
};

type Side = 'orders' | 'payments';

function eventOf(side: Side, id: string, second: number): PipelineEvent {
  const time = new Date(second * 1000).toISOString();
  return { specversion: '1.0', id, source: side, type: 't', time, partitionkey: 'k', data: { id } };
}

/** One key of a join, driven by hand. Times in seconds. */
function keyOf(spec: IntervalJoin = SPEC) {
  const process = intervalJoin(spec);
  let state: Sides | undefined;
  let watermark: number | undefined;
  let clock = 0;
  const told: string[] = [];
  const now = () => ({ clock, watermark });
  const take = (outcome: ReturnType<typeof process>): string | undefined => {
    if ('refused' in outcome) return outcome.refused;
    state = outcome.state;
    for (const { data } of outcome.emit) {
      const { orders, payments } = data as Record<Side, { id: string } | null>;
      told.push(`${orders!.id}-${payments?.id ?? 'none'}`);
    }
    return undefined;
  };
  const fire = (time: 'event' | 'processing', at: number) =>
    take(process('k', state, { timer: { time, at } }, now()));
  return {
    told,
    get state() {
      return state;
    },
    /** @returns why it is refused */
    hear: (pipeline: Side, id: string, second: number, live = true) =>
      take(process('k', state, { event: eventOf(pipeline, id, second), pipeline, live }, now())),
    reach: (second: number) => {
      watermark = second * 1000;
      fire('event', watermark);
    },
    pass: (seconds: number) => {
      clock += seconds * 1000;
      fire('processing', clock);
    },
  };
}

describe('an interval join', () => {
  it.each([
    ['before the interval', -1.5, []],
    ['at its beginning', -1, ['a-x']],
    ['at its end', 10, ['a-x']],
    ['after it', 10.5, []],
  ])('takes a right event that lies %s as it says, whichever comes first', (_where, second, pairs) => {
    const forwards = keyOf();
    forwards.hear('orders', 'a', 0);
    forwards.hear('payments', 'x', second);
    const backwards = keyOf();
    backwards.hear('payments', 'x', second);
    backwards.hear('orders', 'a', 0);
    expect([forwards.told, backwards.told]).toEqual([pairs, pairs]);
  });

  it('comes to the same pairs in whatever order, and however often, events come', () => {
    const events = fc.array(
      fc.record({
        side: fc.constantFrom<Side[]>('orders', 'payments'),
        second: fc.integer({ min: 0, max: 40 }),
      }),
      { maxLength: 15 },
    );
    fc.assert(
      fc.property(events, fc.infiniteStream(fc.nat()), (drawn, order) => {
        const all = drawn.map((event, at) => ({ ...event, id: `${event.side}${at}` }));
        const expected = all
          .filter(({ side }) => side === 'orders')
          .flatMap(left => {
            const rights = all.filter(
              ({ side, second }) =>
                side === 'payments' &&
                second >= left.second - SPEC.before &&
                second <= left.second + SPEC.after,
            );
            return rights.length > 0 ? rights.map(({ id }) => `${left.id}-${id}`) : [`${left.id}-none`];
          });
        const key = keyOf();
        const shuffled = [...all, ...all].map(event => [order.next().value!, event] as const);
        for (const [, { side, id, second }] of shuffled.sort(([a], [b]) => a - b)) key.hear(side, id, second);
        key.reach(100);
        expect(key.told.toSorted()).toEqual(expected.toSorted());
        expect(key.state).toBeUndefined();
      }),
    );
  });

  it('tells of a left event without any once nothing can come for it any more, and drops it where told to', () => {
    const keeping = keyOf();
    const dropping = keyOf({ ...SPEC, unmatched: 'drop' });
    for (const key of [keeping, dropping]) {
      key.hear('orders', 'a', 0);
      key.reach(15);
      expect(key.told).toEqual([]);
      // The last moment of the lateness is still in time.
      expect(key.hear('payments', 'y', 10)).toBeUndefined();
      expect(key.told).toEqual(['a-y']);
      key.hear('orders', 'b', 12);
      key.reach(27.5);
    }
    expect(keeping.told).toEqual(['a-y', 'b-none']);
    expect(dropping.told).toEqual(['a-y']);
    expect(keeping.state).toBeUndefined();
  });

  it('refuses what lies further behind the watermark than the lateness, and takes an upload in any case', () => {
    const key = keyOf();
    key.reach(100);
    expect(key.hear('orders', 'a', 95)).toBeUndefined();
    expect(key.hear('orders', 'b', 94.999)).toMatch(
      /^Late for pairs: it is of 1970-01-01T00:01:34.999Z, more than 5 s behind 1970-01-01T00:01:40.000Z/,
    );
    expect(key.hear('orders', 'c', 0, false)).toBeUndefined();
  });

  it('lets an upload wait for the retention by the clock, and a live event no longer than that', () => {
    const key = keyOf();
    key.hear('orders', 'live', 0);
    key.hear('orders', 'uploaded', 0, false);
    key.pass(3599);
    key.hear('payments', 'x', 1, false);
    key.pass(1);
    expect(key.told.toSorted()).toEqual(['live-x', 'uploaded-x']);
    expect(key.state?.left).toEqual([]);
    key.pass(3600);
    expect(key.state).toBeUndefined();
  });

  it('pairs a repetition anew once the clock alone has let the first go, with the same identity', () => {
    const process = intervalJoin(SPEC);
    const id = () => {
      const first = process(
        'k',
        undefined,
        { event: eventOf('orders', 'a', 0), pipeline: 'orders', live: true },
        NOW,
      );
      const second = process(
        'k',
        'state' in first ? first.state : undefined,
        { event: eventOf('payments', 'x', 0), pipeline: 'payments', live: true },
        NOW,
      );
      return 'emit' in second && second.emit.map(event => event.id);
    };
    expect(id()).toEqual(id());
  });
});

const NOW = { clock: 0, watermark: undefined };

describe('the operator of a join', () => {
  const pipeline = { name: 'orders', version: 'v1' } as Parameters<typeof operatorsOf>[0];
  const nameOf = (spec: IntervalJoin) => operatorsOf({ ...pipeline, intervalJoins: [spec] })[0]!.name;

  it('begins anew under another name when the meaning of a pair changes, and only then', () => {
    expect(nameOf({ ...SPEC, lateness: 6, retention: 60 })).toBe(nameOf(SPEC));
    for (const change of [{ before: 2 }, { after: 2 }, { unmatched: 'drop' }, { right: 'refunds' }] as const)
      expect(nameOf({ ...SPEC, ...change })).not.toBe(nameOf(SPEC));
  });

  it('knows a batch for its retention and a week', () => {
    expect(operatorsOf({ ...pipeline, intervalJoins: [SPEC] })[0]!.horizon).toBe(
      (3600 + 7 * 24 * 3600) * 1000,
    );
  });
});
