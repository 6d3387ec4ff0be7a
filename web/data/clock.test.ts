import { expect, test } from 'vitest';
import { ServerClock } from './clock.ts';

const SERVER = Date.parse('2026-03-01T12:00:00Z');
const HOUR = 3600_000;

function clockAt(wall: number) {
  const state = { wall, running: 1000 };
  return {
    state,
    clock: new ServerClock(
      () => state.wall,
      () => state.running,
    ),
  };
}

test('goes by the computer until a server has said what time it is', () => {
  const { clock, state } = clockAt(SERVER);
  state.running += 2000;
  expect(clock.now()).toBe(SERVER + 2000);
});

test.each([[HOUR], [-HOUR]])("tells the server's time on a computer that is wrong by %i ms", wrong => {
  const { clock, state } = clockAt(SERVER + wrong);
  clock.hear('Sun, 01 Mar 2026 12:00:00 GMT', 1000, 1200);
  state.running = 1100;
  expect(clock.now()).toBe(SERVER + 500);
});

test("does not jump when the computer's clock is set", () => {
  const { clock, state } = clockAt(SERVER);
  state.wall += HOUR;
  state.running += 10;
  expect(clock.now()).toBe(SERVER + 10);
});

test('moves on with documents from after a sleep, and never back', () => {
  const { clock } = clockAt(SERVER);
  clock.see(SERVER + HOUR);
  clock.see(SERVER);
  clock.see(undefined);
  expect(clock.now()).toBe(SERVER + HOUR);
});

test('keeps its time where an answer bears no date', () => {
  const { clock } = clockAt(SERVER);
  clock.hear(null, 0, 0);
  clock.hear('soon', 0, 0);
  expect(clock.now()).toBe(SERVER);
});
