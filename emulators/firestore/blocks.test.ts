import { expect, test } from 'vitest';
import { type Block, Blocks } from './blocks.ts';

const PIECE = Buffer.alloc(4096);
/** Four times what is not worth moving. */
const PIECES = (4 * 8 * 1024 * 1024) / PIECE.length;

test('one document that is written again and again leaves nothing to move', () => {
  const blocks = new Blocks();
  let last: Block | undefined;
  for (let n = 0; n < PIECES; n++) {
    if (last) blocks.release(last, PIECE.length);
    last = blocks.take(PIECE);
    expect(blocks.sparse).toBe(false);
  }
});

test('when half has been released, moving what is left of each block is enough for long', () => {
  const blocks = new Blocks();
  let held = Array.from({ length: PIECES }, () => blocks.take(PIECE));
  const release = (every: number): void => {
    for (const block of held.filter((_, at) => at % every === 0)) blocks.release(block, PIECE.length);
    held = held.filter((_, at) => at % every !== 0);
  };
  release(3);
  expect(blocks.sparse).toBe(false);
  release(3);
  expect(blocks.sparse).toBe(true);
  held = held.map(block => {
    if (!blocks.isSparse(block)) return block;
    blocks.release(block, PIECE.length);
    return blocks.take(PIECE);
  });
  expect(blocks.sparse).toBe(false);
  release(4);
  expect(blocks.sparse).toBe(false);
  expect(new Set(held).size * 256 * 1024).toBeLessThan(2 * held.length * PIECE.length);
});

test('a great piece has a block of its own, which is not copied', () => {
  const blocks = new Blocks();
  const great = Buffer.alloc(16 * 1024 + 1);
  const block = blocks.take(great);
  expect(block.bytes).toBe(great);
  blocks.release(block, great.length);
  expect(blocks.isSparse(block)).toBe(false);
});
