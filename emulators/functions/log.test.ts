import { expect, test } from 'vitest';
import { format, parseLine } from './log.ts';

const time = new Date(2026, 10, 21, 12, 34, 56, 789);

test('a JSON line tells severity, step and fields', () => {
  const line = parseLine(
    '{"severity":"WARNING","step":"enrich","message":"late","batch":"b1","n":2}',
    'INFO',
  );
  expect(line).toEqual({
    severity: 'WARNING',
    step: 'enrich',
    message: 'late',
    fields: { batch: 'b1', n: 2 },
  });
});

test.each(['{ not json', 'plain', '[1]', '"text"'])('%s is plain text of the stream’s severity', text => {
  expect(parseLine(text, 'ERROR', 'enrich')).toEqual({
    step: 'enrich',
    severity: 'ERROR',
    message: text,
    fields: {},
  });
});

test('an unknown severity counts as the stream’s, a missing message is empty', () => {
  expect(parseLine('{"severity":"loud"}', 'INFO')).toEqual({ severity: 'INFO', message: '', fields: {} });
});

test('without a terminal a line is plain and names any severity but INFO', () => {
  const fields = { batch: 'b1', n: 2 };
  expect(format({ step: 'enrich', severity: 'INFO', message: 'done', fields }, { colour: false, time })).toBe(
    '12:34:56.789 enrich     │ done batch=b1 n=2',
  );
  expect(format({ severity: 'ERROR', message: 'broken', fields: {} }, { colour: false, time })).toBe(
    '12:34:56.789 suite      │ ERROR broken',
  );
});

test('on a terminal an error is red', () => {
  const text = format({ severity: 'ERROR', message: 'broken', fields: {} }, { colour: true, time });
  expect(text).toContain('\u001b[31mbroken\u001b[0m');
});
