import type { Fields } from '../../shared/events/firestore-values.ts';
import type { BackfillPart } from '../../shared/mirrors/backfill.ts';
import { jsonOf, pathOf } from '../../shared/mirrors/json.ts';
import { type Mirror, paramsOf } from '../../shared/mirrors/mirror.ts';
import { type Change, importId } from '../../shared/mirrors/rows.ts';

/** A document as a backfill reads it. */
export interface ReadDocument {
  /** Full name. */
  readonly name: string;
  readonly fields: Fields;
  /** Microseconds of its last update. */
  readonly time: number;
}

export interface Importing {
  /** Documents in the order of their names, behind the part's cursor and before its end; fewer than asked for only at the end. */
  readPage(part: BackfillPart, limit: number): Promise<readonly ReadDocument[]>;
  /** Resolves once BigQuery has the rows, or dead letters tell why not. */
  write(changes: readonly Change[]): Promise<void>;
  /** Keeps how far the part has come; false where somebody else works on it. */
  save(part: BackfillPart): Promise<boolean>;
}

const FIRST_PAGE = 100;
const LARGEST_PAGE = 500;
const PAGE_BYTES = 8 * 1024 * 1024;

/**
 * Imports a part of a backfill, page by page. What is read is durable before the place is kept, so that whoever goes on after a
 * crash reads one page again at most; its rows bear the same ids.
 * @param until whether there is time for one more page
 * @returns the part as it stands; undefined where somebody else works on it
 */
export async function importPart(
  mirror: Mirror,
  part: BackfillPart,
  { readPage, write, save }: Importing,
  until: () => boolean,
): Promise<BackfillPart | undefined> {
  let at = part;
  let limit = FIRST_PAGE;
  while (at.state === 'open' && until()) {
    const left = at.most === null ? Number.POSITIVE_INFINITY : at.most - at.read;
    const wanted = Math.min(limit, left);
    const page = wanted > 0 ? await readPage(at, wanted) : [];
    const changes = page.map(imported).filter(({ name }) => paramsOf(mirror, pathOf(name)) !== undefined);
    await write(changes);
    const read = at.read + page.length;
    const ended = wanted > 0 && page.length < wanted;
    at = {
      ...at,
      read,
      imported: at.imported + changes.length,
      cursor: page.length > 0 ? pathOf(page.at(-1)!.name) : at.cursor,
      state: ended ? 'done' : at.most !== null && read >= at.most ? 'capped' : 'open',
    };
    if (!(await save(at))) return undefined;
    limit = nextLimit(changes);
  }
  return at;
}

function imported({ name, fields, time }: ReadDocument): Change {
  const data = jsonOf(fields);
  const eventId = importId(name, time);
  return { name, eventId, operation: 'IMPORT', time, stateTime: time, data, oldData: undefined };
}

/** Pages of large documents are short, so that memory stays flat. */
function nextLimit(changes: readonly Change[]): number {
  const bytes = changes.reduce((sum, { data = '' }) => sum + data.length, 0);
  if (bytes === 0) return LARGEST_PAGE;
  return Math.max(1, Math.min(LARGEST_PAGE, Math.floor((PAGE_BYTES * changes.length) / bytes)));
}
