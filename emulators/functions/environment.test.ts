import { expect, test } from 'vitest';
import { childEnvironment } from './environment.ts';
import { stepOf } from './fixtures/steps.ts';

const parent = { PATH: '/bin', GOOGLE_APPLICATION_CREDENTIALS: '/key.json' };

test('a child gets the suite’s variables and every step’s, but no credentials of the shell', () => {
  const steps = [
    stepOf('a', { environment: { A: '1', BOTH: 'x' } }),
    stepOf('b', { environment: { BOTH: 'x' } }),
  ];
  expect(childEnvironment(steps, { PROJECT: 'p', A: '2' }, parent)).toEqual({
    PATH: '/bin',
    METADATA_SERVER_DETECTION: 'none',
    A: '2',
    BOTH: 'x',
    PROJECT: 'p',
  });
});

test('steps that want different values of one variable cannot share a process', () => {
  const steps = [stepOf('a', { environment: { MODE: 'x' } }), stepOf('b', { environment: { MODE: 'y' } })];
  expect(() => childEnvironment(steps, {}, parent)).toThrow(
    "functions/b/function.yaml sets MODE to 'y', functions/a/function.yaml to 'x': " +
      'steps in one process share its environment. Start the suite with --isolate or agree.',
  );
  expect(childEnvironment([steps[1]!], {}, parent)['MODE']).toBe('y');
});

test('a step may say otherwise than the shell', () => {
  expect(childEnvironment([stepOf('a', { environment: { PATH: '/own' } })], {}, parent)['PATH']).toBe('/own');
});
