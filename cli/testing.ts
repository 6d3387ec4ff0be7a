import { afterEach, beforeEach, vi } from 'vitest';

/** What a command has printed so far in the running test. */
export interface Printed {
  out: string;
  err: string;
}

/** Catches what is printed, in each test of the file anew; nothing reaches the terminal. */
export function printed(): Printed {
  const caught: Printed = { out: '', err: '' };
  const catching = (stream: keyof Printed) => (text: unknown) => {
    caught[stream] += `${text instanceof Error ? text.stack : text}\n`;
  };
  beforeEach(() => {
    Object.assign(caught, { out: '', err: '' });
    vi.spyOn(console, 'log').mockImplementation(catching('out'));
    vi.spyOn(console, 'error').mockImplementation(catching('err'));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return caught;
}
