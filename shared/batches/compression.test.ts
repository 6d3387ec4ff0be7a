import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressed, contentOf, textOf } from './compression.ts';

const messageOf = (data: Buffer, attributes: Record<string, string> = {}) => ({ data, attributes });

describe('the data of a message', () => {
  it('comes back as it was, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), bytes => {
        const message = messageOf(Buffer.from(bytes), { batchid: 'b' });
        const sent = compressed(message);
        expect(sent.attributes).toMatchObject({ batchid: 'b' });
        expect(contentOf(sent).equals(message.data)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('is small where events repeat themselves, and left alone where it is small already', () => {
    const event = JSON.stringify({ specversion: '1.0', source: 'gs://b/f', type: 't', data: { n: 1 } });
    const batch = messageOf(Buffer.from(`[${Array.from({ length: 500 }, () => event).join(',')}]`));
    expect(compressed(batch).data.length).toBeLessThan(batch.data.length / 10);
    const single = messageOf(Buffer.from(event));
    expect(compressed(single)).toBe(single);
  });

  const bomb = messageOf(zstdCompressSync(Buffer.alloc(100 * 1024 * 1024)), { 'content-encoding': 'zstd' });

  it.each([
    ['is no zstd', messageOf(Buffer.from('no zstd'), { 'content-encoding': 'zstd' }), 'broken'],
    [
      'is cut off',
      messageOf(compressed(messageOf(Buffer.alloc(9000, 'ab'))).data.subarray(0, 12), {
        'content-encoding': 'zstd',
      }),
      'broken',
    ],
    ['unfolds to more than a message may hold', bomb, 'over 524288 bytes'],
    [
      'is compressed in another way',
      messageOf(gzipSync('x'), { 'content-encoding': 'gzip' }),
      'expected zstd',
    ],
  ])('is refused for good where it %s', (_what, message, words) => {
    expect(() => contentOf(message)).toThrow(
      expect.objectContaining({ name: 'PermanentError', message: expect.stringContaining(words) }),
    );
    expect(textOf(message)).toBe(message.data.toString('base64'));
  });
});
