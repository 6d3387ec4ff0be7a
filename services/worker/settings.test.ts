import { expect, it } from 'vitest';
import { settingsOf } from './settings.ts';

const DEFAULTS = { step: 'count', project: 'p', subscription: 's', topic: 't' };

it('What the command line does not say is as for any worker, in the background of Cloud Run', () => {
  expect(settingsOf({}, DEFAULTS)).toEqual({
    step: 'count',
    project: 'p',
    subscription: 'projects/p/subscriptions/s',
    topic: 'projects/p/topics/t',
    mode: 'streaming-pull',
    concurrency: 16,
    timeout: 600,
    ordered: false,
    drain: 8,
  });
});

it('The command line wins over defaults, and takes full names as they are', () => {
  const subscription = 'projects/other/subscriptions/s';
  const values = { subscription, mode: 'pull', concurrency: '3', timeout: '60', drain: '0', health: '8080' };
  expect(settingsOf({ ...values, ordered: true }, { ...DEFAULTS, concurrency: 9 })).toMatchObject({
    subscription,
    mode: 'pull',
    concurrency: 3,
    timeout: 60,
    ordered: true,
    drain: 0,
    healthPort: 8080,
  });
});

it.each([
  [{ mode: 'push' }, '--mode takes streaming-pull or pull, not "push".'],
  [{ concurrency: '0' }, '--concurrency takes a whole number from 1 to 1000, not "0".'],
  [{ timeout: '2h' }, '--timeout takes a whole number from 1 to 3600, not "2h".'],
  [{ health: '70000' }, '--health takes a whole number from 0 to 65535, not "70000".'],
])('%j is refused: %s', (values, message) => {
  expect(() => settingsOf(values, DEFAULTS)).toThrow(message);
});

it('A worker without a subscription or its topic is refused', () => {
  expect(() => settingsOf({}, { step: 'count', project: 'p', topic: 't' })).toThrow(
    '--subscription is missing',
  );
  expect(() => settingsOf({ subscription: 's' }, { step: 'count', project: 'p' })).toThrow(
    '--topic is missing',
  );
});
