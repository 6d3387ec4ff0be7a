import { expect, it } from 'vitest';
import { readFaults } from './read.ts';

const TRIGGERS = ['enrich-on-raw', 'tick-every-minute'];
const read = (text: string) => readFaults('faults.yaml', text, TRIGGERS);

it('a plan is read with its defaults', () => {
  const text = `
triggers:
  all: { duplicate: 20, reorder: { percent: 30, messages: 20 }, delay: { percent: 10, min: 5, max: 200 } }
  enrich-on-raw: { dropAck: 5, killBefore: 1, killAfter: 0.5, answer: { 500: 2, 429: 3 } }`;
  expect(read(text)).toEqual({
    seed: 1,
    attempts: 2,
    triggers: {
      all: {
        duplicate: 20,
        reorder: { percent: 30, messages: 20 },
        delay: { percent: 10, min: 5, max: 200 },
      },
      'enrich-on-raw': { dropAck: 5, killBefore: 1, killAfter: 0.5, answer: { 429: 3, 500: 2 } },
    },
  });
  expect(read('{"seed":7,"attempts":3,"triggers":{"all":{"reorder":{"percent":1,"ms":9}}}}')).toMatchObject({
    seed: 7,
    attempts: 3,
  });
});

it.each([
  ['', 'faults.yaml:1:1: '],
  ['seed: 1', '"triggers"'],
  ['triggers: { all: { duplicat: 20 } }', 'did you mean duplicate?'],
  ['triggers: { all: { duplicate: 20% } }', 'a percentage of the deliveries, 0 to 100'],
  ['triggers: { all: { duplicate: 120 } }', 'a percentage of the deliveries, 0 to 100'],
  ['triggers: { all: { reorder: { percent: 30 } } }', 'either messages or ms'],
  ['triggers: { all: { reorder: { percent: 30, ms: 5, messages: 5 } } }', 'either messages or ms'],
  ['triggers:\n  all: { answer: { 503: 1 } }', 'faults.yaml:2:'],
  ['attempts: 5\ntriggers: { all: {} }', 'at most 4'],
  [
    'triggers:\n  enrich-on-row: {}',
    'faults.yaml:2:3: there is no trigger "enrich-on-row". Mend: did you mean enrich-on-raw?',
  ],
  ['triggers: { nothing-like-it: {} }', 'Expected all, enrich-on-raw, tick-every-minute.'],
  [
    'triggers:\n  all:\n    delay: { percent: 1, min: 9, max: 3 }',
    'faults.yaml:3:31: min (9) is above max (3). Mend: swap the two.',
  ],
])('%j is refused with its place and its mend', (text, expected) => {
  expect(() => read(text)).toThrow(expected);
});
