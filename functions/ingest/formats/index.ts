export type { FileBytes } from './file.ts';
export {
  type Checkpoint,
  DEFAULT_LIMITS,
  FormatError,
  type FormatName,
  type Item,
  type Limits,
} from './item.ts';
export { type Chunk, type ReadOptions, readItems } from './read.ts';
export { readFile } from './read-file.ts';
