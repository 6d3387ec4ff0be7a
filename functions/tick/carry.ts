import { createHash } from 'node:crypto';
import { type Chunk, splitChunk } from '../../shared/streams/chunks.ts';
import { encodeState, type WindowState } from '../../shared/streams/state.ts';
import {
  CARRY,
  chunkPath,
  EMPTY_LANE,
  type Lane,
  laneFields,
  lanePath,
  type WindowInstance,
} from '../../shared/windows/lanes.ts';
import type { Fields } from '../../shared/windows/transaction.ts';
import { chunkPaths, newestOf } from './lanes.ts';

/** The slice after another, with the lanes it has. */
export interface Neighbour {
  readonly slice: WindowInstance;
  readonly end: number;
  readonly lanes: readonly Lane[];
  /** Whether the slice after it is closed. */
  readonly last: boolean;
}

/** A document to write, or to delete where there are no fields. */
interface Change {
  readonly path: string;
  readonly fields?: Fields;
}

/** A commit ends at 10 MiB, and the pane goes with it. */
const LARGEST_BYTES = 5 * 1024 * 1024;

/**
 * What changes in the next slice on account of the sessions that go on from this one: nothing where they are as they were. A
 * slice that has no head yet gets one.
 * @param lanes of this slice
 * @throws Error when they are too many for a transaction
 */
export function carryChanges(
  lanes: readonly Lane[],
  carried: WindowState,
  { slice, end, lanes: others, last }: Neighbour,
  now: number,
): Change[] {
  const known = others.find(({ lane }) => lane === CARRY);
  const head = others.find(({ lane }) => lane === 0);
  const digest = carried.size === 0 ? '' : digestOf(carried);
  if (digest === (known?.digest ?? '')) return [];
  // Only what came into a slice can change it, and a slice closes after the one before it.
  if (head?.sealed) throw new Error(`${lanePath(slice, 0)} is sealed, and sessions would go on into it.`);
  const { version, spec } = newestOf(lanes);
  const fresh: Lane = {
    ...slice,
    end,
    lane: 0,
    lanes: head?.lanes ?? spec.lanes,
    version,
    spec,
    lateness: Math.max(...lanes.map(({ lateness }) => lateness)),
    retention: Math.max(...lanes.map(({ retention }) => retention)),
    ...EMPTY_LANE,
    since: now,
    changedAt: Math.max(...lanes.map(({ changedAt }) => changedAt)),
  };
  const pieces = carried.size === 0 ? [] : splitChunk('', carried);
  refuseTooMany(slice, carried.size, pieces);
  const inline = pieces.find(({ name }) => name === '');
  const carry: Lane = {
    ...fresh,
    lane: CARRY,
    state: inline?.bytes ?? EMPTY_LANE.state,
    chunks: inline ? [] : pieces.map(({ name }) => name),
    live: lanes.some(({ live }) => live),
    uploaded: lanes.some(({ uploaded }) => uploaded),
    commits: (known?.commits ?? 0) + 1,
    dirty: true,
    since: known?.since ?? now,
    digest,
  };
  const path = lanePath(slice, CARRY);
  const chunks = new Map<string, Change>();
  for (const old of known ? chunkPaths(known) : []) chunks.set(old, { path: old });
  for (const { name, bytes } of inline ? [] : pieces) {
    chunks.set(chunkPath(path, name), { path: chunkPath(path, name), fields: { state: bytes } });
  }
  return [
    ...(head
      ? []
      : [{ path: lanePath(slice, 0), fields: laneFields({ ...fresh, ...(last && { shut: true }) }) }]),
    { path, fields: laneFields(carry) },
    ...chunks.values(),
  ];
}

function refuseTooMany(slice: WindowInstance, sessions: number, pieces: readonly Chunk[]): void {
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);
  if (bytes <= LARGEST_BYTES) return;
  const { pipeline, window, start } = slice;
  throw new Error(
    `${sessions} sessions of ${window} in ${pipeline} go on at ${new Date(start).toISOString()}: ${bytes} bytes, and a ` +
      `transaction takes ${LARGEST_BYTES} of them. Give the window a shorter gap, fewer measures or a coarser key.`,
  );
}

/** Equal states have equal bytes. */
function digestOf(state: WindowState): string {
  return createHash('sha256').update(encodeState(state)).digest('base64url');
}
