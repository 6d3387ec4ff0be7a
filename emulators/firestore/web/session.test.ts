import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseForwarded } from './framing.ts';
import { ChannelSession } from './session.ts';

/** Frames back into arrays, as a client reads them. */
function read(frames: string): [number, unknown][] {
  const arrays: [number, unknown][] = [];
  let at = 0;
  while (at < frames.length) {
    const lineEnd = frames.indexOf('\n', at);
    const end = lineEnd + 1 + Number(frames.slice(at, lineEnd));
    arrays.push(...(JSON.parse(frames.slice(lineEnd + 1, end)) as [number, unknown][]));
    at = end;
  }
  return arrays;
}

function drain(session: ChannelSession): [number, unknown][] {
  let frames = '';
  for (let next = session.next(); next !== undefined; next = session.next()) frames += next;
  return read(frames);
}

test('messages of the client are worked on once and in order, whatever is sent again or overtakes', () => {
  const posts = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 10 }).chain(sizes => {
    let offset = 0;
    const all = sizes.map(size => {
      const post = { offset, messages: Array.from({ length: size }, (_, i) => String(offset + i)) };
      offset += size;
      return post;
    });
    const again = fc.subarray(all);
    return again.chain(repeated =>
      fc
        .shuffledSubarray([...all, ...repeated], { minLength: all.length + repeated.length })
        .map(sent => ({ count: offset, sent })),
    );
  });
  fc.assert(
    fc.property(posts, ({ count, sent }) => {
      const session = new ChannelSession();
      const done = sent.flatMap(({ offset, messages }) => session.receive(offset, messages));
      expect(done).toEqual(Array.from({ length: count }, (_, i) => String(i)));
    }),
  );
});

test('a gap that never closes ends the session instead of filling memory', () => {
  const session = new ChannelSession();
  const flood = (): void => {
    for (let offset = 1; offset < 2000; offset++) session.receive(offset, ['x']);
  };
  expect(flood).toThrow('Message 0 has not come');
});

test('what is sent again is forgotten at once', () => {
  const session = new ChannelSession();
  const messages = Array.from({ length: 2000 }, (_, i) => String(i));
  expect(session.receive(0, messages)).toEqual(messages);
  expect(session.receive(0, messages)).toEqual([]);
});

test('arrays reach the client once and in order, however often its back channel breaks', () => {
  const step = fc.oneof(
    fc.record({ push: fc.string({ unit: 'binary', maxLength: 5 }) }),
    /** The back channel delivers what it has, or loses it on the way. */
    fc.record({ lost: fc.boolean() }),
    /** A POST acknowledges what the client has. */
    fc.constant({ acknowledge: true as const }),
  );
  fc.assert(
    fc.property(fc.array(step), steps => {
      const session = new ChannelSession();
      const pushed: unknown[] = [];
      const got: unknown[] = [];
      let last = -1;
      const take = (arrays: [number, unknown][]): void => {
        for (const [id, payload] of arrays) {
          if (id <= last) continue;
          expect(id).toBe(last + 1);
          last = id;
          got.push(payload);
        }
      };
      for (const one of steps) {
        if ('push' in one) {
          session.push(JSON.stringify([one.push]));
          pushed.push([one.push]);
        } else if ('lost' in one) {
          session.rewind(last);
          const arrays = drain(session);
          if (!one.lost) take(arrays);
        } else session.acknowledge(last);
      }
      session.rewind(last);
      take(drain(session));
      expect(got).toEqual(pushed);
      session.acknowledge(last);
      expect(session.outstanding).toBe(0);
      expect(session.hasMore).toBe(false);
    }),
    { numRuns: 50 },
  );
});

test('a long queue is handed over in frames that can be read one by one', () => {
  const session = new ChannelSession();
  for (let n = 0; n < 1000; n++) session.push(JSON.stringify([`${n}`.padEnd(1000, '🌍')]));
  const first = session.next()!;
  expect(first.length).toBeLessThan(100_000);
  const rest = drain(session);
  expect(read(first).length + rest.length).toBe(1000);
});

test('a form is read with its headers, offset and messages', () => {
  const headers = encodeURIComponent('X-A:1\r\nAuthorization:Bearer a.b:c\r\n');
  const data = encodeURIComponent('{"text":"ä & = 🌍"}');
  const form = parseForwarded(`headers=${headers}&count=2&ofs=7&req1___data__=two&req0___data__=${data}`);
  expect(form.messages).toEqual(['{"text":"ä & = 🌍"}', 'two']);
  expect(form.offset).toBe(7);
  expect(form.headers.get('authorization')).toBe('Bearer a.b:c');
  expect(parseForwarded('').messages).toEqual([]);
});
