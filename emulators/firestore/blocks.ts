/** Documents up to this size share blocks; greater ones have their own. */
const LARGEST_SHARED = 16 * 1024;
const BLOCK_BYTES = 256 * 1024;
/** Below this nothing is worth moving. */
const FEW_BYTES = 8 * 1024 * 1024;

/** Memory outside of JavaScript's heap that is written once, from its beginning to its end. */
export class Block {
  readonly bytes: Buffer;
  used: number;
  /** Of `used`: what nobody counts on any more. Whoever still holds a piece finds it unchanged. */
  released = 0;

  constructor(bytes: Buffer, used = 0) {
    this.bytes = bytes;
    this.used = used;
  }
}

/** Room for one piece until it is in a block; of a great one it is to be its own. */
export const roomFor = (length: number): Buffer =>
  length > LARGEST_SHARED ? Buffer.allocUnsafeSlow(length) : Buffer.allocUnsafe(length);

/**
 * Many small pieces of memory in few blocks: an ArrayBuffer for each would cost several times what a small document does.
 * A block goes when nobody holds any of its pieces, so the owner moves those that are left in a block that is mostly released.
 */
export class Blocks {
  #current = new Block(Buffer.allocUnsafeSlow(0));
  #used = 0;
  #released = 0;

  /** @returns a block that ends with the piece: one that copies it, or of a great one just that */
  take(piece: Buffer): Block {
    if (piece.length > LARGEST_SHARED) return new Block(piece, piece.length);
    const full = this.#current;
    if (full.used + piece.length > full.bytes.length) {
      this.#current = new Block(Buffer.allocUnsafeSlow(BLOCK_BYTES));
      this.#forget(full);
    }
    const block = this.#current;
    block.bytes.set(piece, block.used);
    block.used += piece.length;
    this.#used += piece.length;
    return block;
  }

  release(block: Block, length: number): void {
    if (length > LARGEST_SHARED) return;
    block.released += length;
    this.#released += length;
    this.#forget(block);
  }

  /** A block of which nothing is left, and that takes nothing more, does not count. */
  #forget(block: Block): void {
    if (block.released < block.used || block === this.#current) return;
    this.#used -= block.used;
    this.#released -= block.used;
  }

  /** More than half of what is in use has been released. */
  get sparse(): boolean {
    return this.#released > FEW_BYTES && this.#released > this.#used / 2;
  }

  /** Whether moving the rest of the block is worth while. A third, so that one round is enough for long. */
  isSparse(block: Block): boolean {
    return block !== this.#current && block.released > block.used / 3;
  }
}
