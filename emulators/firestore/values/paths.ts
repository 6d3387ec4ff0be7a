import { invalidArgument } from '../../grpc/errors.ts';

const NAME = /^projects\/([^/]+)\/databases\/([^/]+)\/documents(?:\/(.*))?$/s;
/** Google's emulator takes `____` itself for an ordinary id. */
const RESERVED = /^__.+__$/s;
const MAX_ID_BYTES = 1500;
const MAX_NAME_BYTES = 6 * 1024;

/** Splits `projects/P/databases/D/documents/…` into its database (`projects/P/databases/D`) and relative segments. */
export function parseName(name: string): { database: string; segments: string[] } {
  const match = NAME.exec(name);
  if (!match)
    throw invalidArgument(
      `Resource name "${name}" is not of the form projects/P/databases/D/documents/…; give the full name.`,
    );
  const segments = match[3] ? match[3].split('/') : [];
  return { database: `projects/${match[1]}/databases/${match[2]}`, segments };
}

/** Throws unless the name is that of a document (even number of segments) with ids that Firestore allows. */
export function checkDocumentName(name: string): void {
  const { segments } = parseName(name);
  if (segments.length === 0 || segments.length % 2 !== 0)
    throw invalidArgument(`Document name "${name}" has no document id: a path is collection/id, in pairs.`);
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw invalidArgument(`Document name "${name.slice(0, 80)}…" is longer than 6 KiB.`);
  for (const segment of segments) checkId(segment, name);
}

function checkId(id: string, name: string): void {
  if (id === '') throw invalidArgument(`Name "${name}" has an empty segment: remove the extra "/".`);
  if (id === '.' || id === '..') throw invalidArgument(`Name "${name}": an id may not be "." or "..".`);
  if (RESERVED.test(id))
    throw invalidArgument(
      `Resource id "${id}" is invalid because it is reserved: ids may not match __.*__ (in "${name}").`,
    );
  if (Buffer.byteLength(id) > MAX_ID_BYTES)
    throw invalidArgument(`Resource id "${id.slice(0, 40)}…" is longer than ${MAX_ID_BYTES} bytes.`);
}

/** A reference inside a value: any full name; ids that could not be written are harmless there. */
export function checkName(name: string): void {
  parseName(name);
}

/** `projects/P/databases/D` of a request. */
export function checkDatabase(database: string): string {
  if (!/^projects\/[^/]+\/databases\/[^/]+$/.test(database))
    throw invalidArgument(`Database "${database}" is not of the form projects/P/databases/D.`);
  return database;
}

export const collectionOf = (name: string): string => name.slice(0, name.lastIndexOf('/'));
export const idOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Field paths: simple names joined by dots; anything else in backticks, where `\` escapes. */
const SIMPLE = /[A-Za-z_][A-Za-z0-9_]*/y;
const QUOTED = /`((?:[^`\\]|\\[\s\S])+)`/y;

/** Parses `` a.`b.c`.d `` into `['a', 'b.c', 'd']`. */
export function parseFieldPath(path: string): string[] {
  const segments: string[] = [];
  let at = 0;
  for (;;) {
    const quoted = path[at] === '`';
    const pattern = quoted ? QUOTED : SIMPLE;
    pattern.lastIndex = at;
    const match = pattern.exec(path);
    if (!match) break;
    segments.push(quoted ? match[1]!.replace(/\\([\s\S])/g, '$1') : match[0]);
    at = pattern.lastIndex;
    if (at === path.length) return segments;
    if (path[at] !== '.') break;
    at++;
  }
  throw invalidArgument(
    `Invalid property path "${path}": unquoted names must match [a-zA-Z_][a-zA-Z_0-9]*; put others in backticks.`,
  );
}

export function formatFieldPath(segments: readonly string[]): string {
  return segments
    .map(s => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(s) ? s : `\`${s.replace(/[\\`]/g, '\\$&')}\``))
    .join('.');
}
