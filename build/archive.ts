import { createHash } from 'node:crypto';
import { unzipSync, zipSync } from 'fflate';

/** What the folder of an archive holds: contents by file name. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** The zip's own mark of where attributes come from: Unix, whatever this machine is. */
const UNIX = 3;
const MODE = 0o100644 << 16;

/** A zip of the files, in the order of their names: the same contents give the same bytes on every machine. */
export function zip(files: Files): Uint8Array {
  const names = Object.keys(files).sort();
  // The first day that a zip can tell. By the local clock, as a zip has it: every time zone gives the same bytes.
  const mtime = new Date(1980, 0, 1);
  return zipSync(Object.fromEntries(names.map(name => [name, files[name]!])), {
    level: 9,
    mtime,
    os: UNIX,
    attrs: MODE,
  });
}

export const unzip = (archive: Uint8Array): Files => unzipSync(archive);

/** SHA-256 in 64 hex digits. */
export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
