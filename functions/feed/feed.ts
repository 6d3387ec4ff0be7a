import type { EventBatch, PipelineEvent } from '../../shared/batches/batch.ts';
import { idOf } from '../../shared/ids/ids.ts';

/** entities/{pipeline}/entityItems/{id}: the last known state of one key. */
export interface Entity {
  readonly id: string;
  readonly key: string;
  /** RFC 3339 with milliseconds: text order is time order. */
  readonly time: string;
  readonly event: { readonly source: string; readonly id: string };
  /** Of the pipeline with its reference data: what made the event what it is. */
  readonly version: string;
  readonly data: Record<string, unknown>;
}

/** Firestore takes no arrays in arrays; what has them is kept as JSON text, which every client can read. */
export function storable(value: unknown, inArray = false): unknown {
  if (Array.isArray(value)) return inArray ? JSON.stringify(value) : value.map(item => storable(item, true));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name || '(empty)', storable(item)]));
}

export function liveId(event: PipelineEvent): string {
  return idOf(event.source, event.id);
}

/** The latest event of each key in a batch. */
export function latest(batch: EventBatch): Entity[] {
  return latestOf(
    batch.events.map(event => ({
      id: entityId(event.partitionkey),
      key: event.partitionkey,
      time: event.time,
      event: { source: event.source, id: event.id },
      version: batch.version,
      data: event.data,
    })),
  );
}

/** The latest of each key. */
export function latestOf(all: readonly Entity[]): Entity[] {
  const entities = new Map<string, Entity>();
  for (const entity of all) {
    if (supersedes(entity, entities.get(entity.key))) entities.set(entity.key, entity);
  }
  // One order for all: transactions that lock the same documents then wait for each other instead of failing.
  return [...entities.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Total order by (time, source, id): whichever way events arrive, the same one stays. */
export function supersedes(entity: Entity, known: Pick<Entity, 'time' | 'event'> | undefined): boolean {
  if (!known) return true;
  const rank = (one: Pick<Entity, 'time' | 'event'>): string[] => [one.time, one.event.source, one.event.id];
  const [mine, theirs] = [rank(entity), rank(known)];
  for (let at = 0; at < mine.length; at++) {
    if (mine[at] !== theirs[at]) return mine[at]! > theirs[at]!;
  }
  return false;
}

/** A key as a document id: itself where Firestore allows it, else derived. */
function entityId(key: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9 ._~:@+-]{0,200}$/.test(key) ? key : `k-${idOf(key)}`;
}
