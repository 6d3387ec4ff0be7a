import { afterEach, expect, test, vi } from 'vitest';
import { openSession, send, UploadRefused } from './resumable.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const PIECE = 2 * 1024 * 1024;
const { signal } = new AbortController();
const wait = async (): Promise<void> => {};

/** A bucket that loses what it is told to lose. */
function bucket(size: number, loses: (call: number) => 'request' | 'answer' | undefined) {
  const state = { stored: 0, calls: 0, ranges: [] as string[] };
  vi.stubGlobal(
    'fetch',
    async (_url: string, init: { headers: Record<string, string>; body: Blob | null }) => {
      const lost = loses(state.calls++);
      const range = init.headers['content-range']!;
      state.ranges.push(range);
      if (lost === 'request') throw new TypeError('cut');
      const [, from, to] = /^bytes (\d+)-(\d+)\//.exec(range) ?? [];
      if (from !== undefined && Number(from) === state.stored) state.stored = Number(to) + 1;
      if (lost === 'answer') throw new TypeError('cut');
      if (state.stored === size)
        return new Response('', { status: 200, headers: { 'x-goog-generation': '7' } });
      return {
        status: 308,
        ok: false,
        headers: new Headers(state.stored > 0 ? { range: `bytes=0-${state.stored - 1}` } : {}),
      };
    },
  );
  return state;
}

test('a file goes in pieces, each once', async () => {
  const size = 2 * PIECE + 10;
  const state = bucket(size, () => undefined);
  const progress = vi.fn();
  const generation = await send({
    session: 'x',
    file: new Blob([new Uint8Array(size)]),
    progress,
    signal,
    wait,
  });
  expect(generation).toBe('7');
  expect(state.ranges).toEqual([
    `bytes 0-${PIECE - 1}/${size}`,
    `bytes ${PIECE}-${2 * PIECE - 1}/${size}`,
    `bytes ${2 * PIECE}-${size - 1}/${size}`,
  ]);
  expect(progress.mock.calls.flat()).toEqual([PIECE, 2 * PIECE, size]);
});

test.each(['request', 'answer'] as const)(
  'after a cut that loses a %s it asks how far it has come',
  async lost => {
    const size = 2 * PIECE;
    const state = bucket(size, call => (call === 1 ? lost : undefined));
    await send({ session: 'x', file: new Blob([new Uint8Array(size)]), progress: () => {}, signal, wait });
    expect(state.ranges[2]).toBe(`bytes */${size}`);
    expect(state.stored).toBe(size);
  },
);

test('a network that stays away is told after eight attempts', async () => {
  const state = bucket(5, () => 'request');
  const sending = send({ session: 'x', file: new Blob(['12345']), progress: () => {}, signal, wait });
  await expect(sending).rejects.toThrow('cut');
  expect(state.calls).toBe(8);
});

test('a refusal is final, and told in the words of Storage', async () => {
  const refusal = async (): Promise<Response> =>
    new Response('<?xml version="1.0"?><Error><Message>Too large.</Message></Error>', { status: 403 });
  vi.stubGlobal('fetch', refusal);
  const refused = expect.objectContaining({ status: 403, message: expect.stringContaining('Too large.') });
  await expect(openSession('x', {}, signal)).rejects.toEqual(refused);
  const sending = send({ session: 'x', file: new Blob(['1']), progress: () => {}, signal, wait });
  await expect(sending).rejects.toBeInstanceOf(UploadRefused);
});
