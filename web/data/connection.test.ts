import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connection } from './connection.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watched() {
  const connection = new Connection(() => Date.now());
  const states: string[] = [];
  connection.subscribe(({ state }) => states.push(state));
  return { connection, states };
}
const [one, two] = [{}, {}];

test('is live once all listeners have heard the server', () => {
  const { connection, states } = watched();
  connection.report(one, true);
  connection.report(two, true);
  expect(states).toEqual(['live']);
});

test('is lost when a listener has not heard the server for a while, since it last had', () => {
  const { connection, states } = watched();
  connection.report(one, true);
  vi.advanceTimersByTime(5000);
  const since = Date.now();
  connection.report(one, false);
  vi.advanceTimersByTime(2000);
  expect(connection.link).toEqual({ state: 'lost', since });
  connection.report(one, true);
  expect(states).toEqual(['live', 'lost', 'live']);
});

test('stays live while a query fills up its limit', () => {
  const { connection, states } = watched();
  connection.report(one, true);
  connection.report(one, false);
  vi.advanceTimersByTime(500);
  connection.report(one, true);
  vi.advanceTimersByTime(5000);
  expect(states).toEqual(['live']);
});

test('is lost at once when the browser says so', () => {
  const { connection, states } = watched();
  connection.report(one, true);
  connection.network(false);
  connection.network(true);
  expect(states).toEqual(['live', 'lost']);
});

test('does not wait for listeners that are gone', () => {
  const { connection, states } = watched();
  connection.report(one, true);
  connection.report(two, false);
  connection.forget(two);
  vi.advanceTimersByTime(5000);
  expect(states).toEqual(['live']);
});
