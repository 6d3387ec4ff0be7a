import type { DeadLetter } from './dead-letter.ts';

/** What an upload's id looks like (shared/ids): an attribute that anybody may set must not reach a path. */
const UPLOAD = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** Rejected records by their upload, which may be many, and letters that stand alone. */
export function byUpload(letters: readonly DeadLetter[]): {
  readonly alone: readonly DeadLetter[];
  readonly uploads: ReadonlyMap<string, readonly DeadLetter[]>;
} {
  const alone: DeadLetter[] = [];
  const uploads = new Map<string, DeadLetter[]>();
  for (const letter of letters) {
    const { upload = '' } = letter.origin;
    const known = uploads.get(upload);
    if (letter.kind === 'failed' || !UPLOAD.test(upload)) alone.push(letter);
    else if (known) known.push(letter);
    else uploads.set(upload, [letter]);
  }
  return { alone, uploads };
}
