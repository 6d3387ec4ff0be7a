import { describe, expect, it } from 'vitest';
import { faultsOf, HEAD, load } from './testkit.ts';

/** A pipeline of pairs beside the pipelines it joins. */
const withJoin = (join: string, more: Readonly<Record<string, string>> = {}) => ({
  'orders.yaml': HEAD,
  'payments.yaml': HEAD,
  'pairs.yaml': `${HEAD}interval-join: ${join}\n`,
  ...more,
});

describe('an interval join', () => {
  it('is part of both pipelines whose events it takes, with its defaults', () => {
    const { pipelines } = load(withJoin('{ left: orders, right: payments, after: 10m }'));
    const join = {
      ...{ name: 'pairs', left: 'orders', right: 'payments', before: 0, after: 600 },
      ...{ unmatched: 'drop', lateness: 3600, retention: 86_400 },
    };
    expect(pipelines.map(({ name, intervalJoins }) => [name, intervalJoins])).toEqual([
      ['orders', [join]],
      ['pairs', undefined],
      ['payments', [join]],
    ]);
  });

  it.each([
    [
      '{ left: oders, right: payments, after: 1m }',
      '5:24: there is no pipeline "oders". Expected one of orders, payments. Mend: did you mean orders?',
    ],
    [
      '{ left: pairs, right: payments, after: 1m }',
      '5:24: the join would read its own records. Expected one of orders, payments.',
    ],
    [
      '{ left: orders, right: orders, after: 1m }',
      '5:39: both sides are orders. Mend: join two pipelines, or count pairs of one in a window.',
    ],
    [
      '{ left: orders, right: payments, before: 0s }',
      '5:1: only events of the very same millisecond would match. Mend: add before or after, such as after: 10m.',
    ],
    ['{ left: orders, after: 1m }', '5:1: "interval-join" has no "right". Mend: add the key right.'],
    [
      '{ left: orders, right: payments, after: 1m, retention: 1s }',
      '5:71: "retention" is "1s". Expected at least 60s and at most 3650d.',
    ],
  ])('%s is told with its place and how to mend it', (join, fault) => {
    expect(faultsOf(withJoin(join))).toEqual([`pipelines/pairs.yaml:${fault}`]);
  });

  it('that comes back to itself over others is refused', () => {
    const more = { 'orders.yaml': `${HEAD}interval-join: { left: pairs, right: payments, after: 1m }\n` };
    expect(faultsOf(withJoin('{ left: orders, right: payments, after: 1m }', more))).toEqual([
      'pipelines/orders.yaml:5:24: pairs is itself joined of orders: its records would go round for ever.',
      'pipelines/pairs.yaml:5:24: orders is itself joined of pairs: its records would go round for ever.',
    ]);
  });

  it('cannot be of a pipeline whose name is taken in a record of its own', () => {
    const files = withJoin('{ left: time, right: payments, after: 1m }', { 'time.yaml': HEAD });
    expect(faultsOf(files)).toEqual([
      'pipelines/pairs.yaml:5:24: a joined record has a field "time" already. Mend: rename that pipeline.',
    ]);
  });
});
