import { StorageError } from '../errors.ts';

/** How many bytes an upload may have, both inclusive. */
export interface SizeRange {
  readonly min: number;
  readonly max: number;
}

/** An upload under way; one that is too large goes no further. @throws StorageError 400 in the XML API's words */
export function checkLimit(size: number, range: SizeRange | undefined): void {
  if (!range || size <= range.max) return;
  throw new StorageError(
    400,
    'entityTooLarge',
    'Your proposed upload is larger than the maximum size specified.',
    {
      ProposedSize: String(size),
      MaxSizeAllowed: String(range.max),
    },
  );
}

/** A whole upload. @throws StorageError 400 in the XML API's words */
export function checkSize(size: number, range: SizeRange | undefined): void {
  checkLimit(size, range);
  if (!range || size >= range.min) return;
  throw new StorageError(
    400,
    'entityTooSmall',
    'Your proposed upload is smaller than the minimum size specified.',
    {
      ProposedSize: String(size),
      MinSizeAllowed: String(range.min),
    },
  );
}
