import { isUtf8 } from 'node:buffer';
import type { Head } from './head.ts';

/** What files that are not accepted begin with, and what to do about them. */
const MAGIC: readonly (readonly [bytes: string, what: string])[] = [
  ['fffe0000', 'UTF-32 text: save it as UTF-8'],
  ['0000feff', 'UTF-32 text: save it as UTF-8'],
  ['fffe', 'UTF-16 text: save it as UTF-8'],
  ['feff', 'UTF-16 text: save it as UTF-8'],
  ['504b0304', 'a ZIP archive or an Office file: unpack it, or save the sheet as CSV'],
  ['504b0506', 'an empty ZIP archive'],
  ['d0cf11e0', 'an old Office file: save the sheet as CSV'],
  ['50415231', 'a Parquet file inside of gzip: send it as it is, it is compressed already'],
  ['50415245', 'an encrypted Parquet file'],
  ['4f626a01', 'an Avro file'],
  ['4f5243', 'an ORC file'],
  ['4152524f5731', 'an Arrow file'],
  ['425a68', 'a bzip2 file: unpack it, or use gzip'],
  ['28b52ffd', 'a Zstandard file: unpack it, or use gzip'],
  ['fd377a585a00', 'an xz file: unpack it, or use gzip'],
  ['377abcaf271c', 'a 7-Zip archive: unpack it'],
  ['53514c69746520666f726d6174', 'an SQLite database'],
  ['25504446', 'a PDF document'],
  ['89504e47', 'a PNG image'],
  ['ffd8ff', 'a JPEG image'],
  ['474946383', 'a GIF image'],
  ['3c', 'XML or HTML'],
];

/** Says what the file seems to be, for a person who has to mend it. */
export function whatItIs({ bytes, trimmed }: Head): string {
  const hex = bytes.toString('hex', 0, 16);
  const known = MAGIC.find(([magic]) => hex.startsWith(magic));
  if (known !== undefined) return `this is ${known[1]}`;
  if (bytes.includes(0)) return `this is binary data, or UTF-16 text; it begins with the bytes ${hex}`;
  if (!isUtf8(bytes.subarray(0, lastWhole(bytes)))) {
    return `this text is not UTF-8 (perhaps Latin-1: save it as UTF-8); it begins with ${shown(trimmed)}`;
  }
  return `this text has no format that is read, nor a header row; it begins with ${shown(trimmed)}`;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}

/** The head may end inside of a character. */
function lastWhole(bytes: Buffer): number {
  return bytes.length - (bytes.length > 4 && bytes.at(-1)! >= 0x80 ? 4 : 0);
}
