import { expect, test } from 'vitest';
import { printed } from './testing.ts';
import { showHot, showStopped } from './warnings.ts';

const caught = printed();

test('a stopped trigger is named with its round and with the way to let it go on', () => {
  const loop = ['detect-on-panes', 'tick-on-alerts'];
  const stopped = [
    { trigger: 'detect-on-panes', step: 'detect', loop, laps: 1001, at: '2026-11-21T12:00:00Z' },
  ];
  showStopped({ stopped });
  expect(caught.out).toBe(
    'Stopped: detect-on-panes, because detect wakes itself ' +
      '(detect-on-panes → tick-on-alerts → detect-on-panes, 1001 times after one event).\n' +
      '  Its events wait. If this was meant: millrace resume detect-on-panes\n',
  );
});

test('hot documents are listed, the hottest ten of them', () => {
  const documents = Array.from({ length: 12 }, (_, n) => ({
    path: `uploads/${n}`,
    peak: 12.34 - n,
    writes: 123,
    seconds: 9.96,
    by: ['ingest', 'tick'],
  }));
  showHot({ hot: { documents, total: 40 } });
  const lines = caught.out.trimEnd().split('\n');
  expect(lines.slice(1, 4)).toEqual([
    'Hot documents: 40; Firestore sustains about one write a second of each',
    'document   a second  writes  within seconds  by',
    'uploads/0  12.3         123  10.0            ingest, tick',
  ]);
  expect([lines.length, lines.at(-1)]).toEqual([1 + 2 + 10 + 1, 'and 30 more']);
});

test('without either nothing is said', () => {
  showStopped({ stopped: [] });
  showHot({ hot: { documents: [], total: 0 } });
  expect(caught.out).toBe('');
});
