import { expect, it } from 'vitest';
import { count, table } from './terminal.ts';

it('a table has columns as wide as their widest cell, numbers to the right, and no trailing blanks', () => {
  const rows = [
    ['enrich', 1707, 'fine'],
    ['a', 3, ''],
  ];
  expect(table(['step', 'done', 'state'], rows)).toBe(
    ['step    done  state', 'enrich  1707  fine', 'a          3'].join('\n'),
  );
});

it('a table without rows is its heading', () => {
  expect(table(['a', 'b'], [])).toBe('a  b');
});

it('colours take no room in a table', () => {
  const painted = '\u001b[31mred\u001b[0m';
  expect(
    table(
      ['one', 'two'],
      [
        [painted, 'x'],
        ['green', 'y'],
      ],
    ),
  ).toBe(['one    two', `${painted}    x`, 'green  y'].join('\n'));
});

it('numbers are grouped by thousands, whatever the locale', () => {
  expect(count(1234567)).toBe('1,234,567');
});
