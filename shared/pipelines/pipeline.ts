import type { Aggregation } from '../streams/aggregations/spec.ts';

/**
 * A pipeline as compiled from pipelines/NAME.yaml: durations in seconds, paths as segments, defaults filled in.
 * Plain JSON: it lies in the pipelines bucket under its hash.
 */
export interface Pipeline {
  readonly name: string;
  readonly description: string;
  /** Hash over this definition and the content of its reference data. */
  readonly version: string;
  /** JSON Schema 2020-12 of one record. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Where a record carries its own identity; then the same record counts as the same event in any upload. */
  readonly id?: Path;
  /** Seconds by the clock for which a repetition of an `id` is recognised and not counted again; never without an `id`. */
  readonly horizon?: number;
  readonly time: EventTime;
  readonly key: Path;
  readonly joins: readonly Join[];
  readonly windows: readonly WindowSpec[];
  readonly rules: readonly EventRule[];
  /** Rules on windows; left out where there are none, as in versions from before there were any. */
  readonly levels?: readonly LevelRule[];
  /** Rules on keys that have fallen silent; left out where there are none. */
  readonly silences?: readonly SilenceRule[];
  /** Interval joins that this pipeline's events take part in, on either side; left out where there are none. */
  readonly intervalJoins?: readonly IntervalJoin[];
  /** Where every event is kept in BigQuery; left out where none is. */
  readonly warehouse?: Warehouse;
  readonly feed: Feed;
  /** Left out where there are none. */
  readonly routes?: readonly Route[];
}

/** Events of which an expression (shared/expressions) is true go to a topic as well. */
export interface Route {
  readonly topic: string;
  readonly when: string;
}

/** How the table of a pipeline's events lies. */
export interface Warehouse {
  /** Length of its partitions, by event time. */
  readonly partitioning?: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR';
  /** Columns that it is clustered by, in order. */
  readonly clustering: readonly string[];
  /** For dashboards; left out where there are none. */
  readonly views?: readonly WarehouseView[];
}

/** Stands for the pipeline's events, each once, in the query of a view. */
export const EVENTS = '{events}';

/** A view on a pipeline's events, from pipelines/views/PIPELINE/NAME.sql. */
export interface WarehouseView {
  readonly name: string;
  readonly description: string;
  /** GoogleSQL; `{events}` stands for the pipeline's events, each once. */
  readonly query: string;
}

/** Segments of a path into a record: `geometry.coordinates[2]` is ['geometry', 'coordinates', 2]. */
export type Path = readonly (string | number)[];

export interface EventTime {
  readonly path: Path;
  /** How a number is read; a string is RFC 3339, without its zone where `zone` says it. */
  readonly unit: 'ms' | 's';
  /** Text without a time zone is read in this one; undefined: such text is refused. */
  readonly zone?: 'UTC';
  /** Seconds an event may lie in the future before it is rejected. */
  readonly maximalSkew: number;
}

export interface Join {
  /** File name under pipelines/reference/ without its ending. */
  readonly reference: string;
  /** SHA-256 of the file's content, hex; its object in the pipelines bucket is reference/HASH.csv. */
  readonly hash: string;
  /** Column of the reference that is looked up. */
  readonly column: string;
  /** Path in the record whose value is looked for. */
  readonly on: Path;
  /** Field of the record that gets the row, as an object of strings. */
  readonly as: string;
  /** What happens to a record without a row: kept with null there, or rejected. */
  readonly missing: 'keep' | 'reject';
}

export interface WindowSpec {
  readonly name: string;
  /** Left out for a tumbling window, as in versions from before there were others. */
  readonly kind?: 'sliding' | 'session' | 'global';
  /** Length in seconds; starts are multiples of it since the epoch. Of a session its gap, of the global window 0. */
  readonly size: number;
  /** Sliding: seconds from one window's start to the next one's, less than the size. */
  readonly slide?: number;
  /** When a window that is not over is shown: seconds by the clock, events that wait; whichever comes first. */
  readonly early?: { readonly every?: number; readonly count?: number };
  /** Each pane shows what is new since the last one; left out where each shows all. */
  readonly panes?: 'discarding';
  /** Seconds after the end within which a late event still updates the result. */
  readonly lateness: number;
  /** Seconds (of processing time) that the state of a window fed by uploads alone stays open after its last change. */
  readonly retention: number;
  /** Into how many documents concurrent batches spread their state; fixed per window instance when it is made. */
  readonly lanes: number;
  /** Grouping within the window; the pipeline's key unless the window has its own. */
  readonly key: Path;
  /** Measure name to its path; each gets count, sum, min, max and mean. */
  readonly values: Readonly<Record<string, Path>>;
  /** Measure name to what else is computed; left out where there is nothing. No name is among the values as well. */
  readonly measures?: Readonly<Record<string, MeasureSpec>>;
  /** CEL over an event (shared/expressions): the window counts those of which it is true. */
  readonly filter?: string;
  /** CEL over a key, its count and its measures: the keys that results show. */
  readonly having?: string;
  readonly top?: TopSpec;
}

/** Results show so many keys, those with the greatest numbers. */
export interface TopSpec {
  readonly by: Numbered;
  readonly most: number;
}

/** What is computed, and of what: an event without a path counts as 1. */
export type MeasureSpec = Aggregation & { readonly path?: Path };

export interface EventRule {
  readonly name: string;
  readonly path: Path;
  /** One comparison with a number. */
  readonly operator: 'at-least' | 'more-than' | 'at-most' | 'less-than' | 'equals';
  readonly threshold: number;
  readonly severity: Severity;
  /** Text with {path} places filled from the record. */
  readonly title: string;
}

/** A rule on a window's results, judged for each of its keys. Durations in seconds. */
export interface LevelRule {
  readonly name: string;
  /** Name of the window. */
  readonly window: string;
  readonly measure: LevelMeasure;
  /** The one key that is judged; every key by itself where it is left out. */
  readonly only?: string;
  /** A window with fewer events, all keys together, says nothing. */
  readonly minEvents: number;
  readonly operator: Exclude<EventRule['operator'], 'equals'>;
  readonly threshold: number;
  /** An open alert stays open while the operator holds against this number. */
  readonly clear: number;
  /** The condition must have held in consecutive windows of this length together. */
  readonly for: number;
  /** After a close no alert opens for so long. */
  readonly cooldown: number;
  readonly escalate?: { readonly after: number; readonly severity: Severity };
  readonly severity: Severity;
  /** Text with the places {key}, {value}, {threshold} and {window}. */
  readonly title: string;
}

/** Events of the key, their share in the window's events (0 to 1), or a number that one of the window's measures shows. */
export type LevelMeasure = { readonly of: 'share' } | Numbered;

/** `count`, or a number of a measure. */
export type Numbered = { readonly of: 'count' } | { readonly of: string; readonly value: string };

/** A key of which nothing has come for so long, by the clock, has fallen silent. */
export interface SilenceRule {
  readonly name: string;
  /** Seconds. */
  readonly after: number;
  readonly severity: Severity;
  /** Text with the places {key} and {since}. */
  readonly title: string;
}

/**
 * Pairs of a left and a right event that have the same key, the right one's time in [left - before, left + after]. Durations
 * in seconds.
 */
export interface IntervalJoin {
  /** The pipeline that gets the pairs, as records. */
  readonly name: string;
  readonly left: string;
  readonly right: string;
  readonly before: number;
  readonly after: number;
  /** Whether a left event without any becomes a record too. */
  readonly unmatched: 'drop' | 'keep';
  /** Behind the watermark. */
  readonly lateness: number;
  /** How long an event waits at most, by the clock. */
  readonly retention: number;
}

export type Severity = 'info' | 'warning' | 'critical';

export interface Feed {
  /** Events a second and instance that reach live/…; 0 for none. */
  readonly sample: number;
  /** Seconds a live event is kept. */
  readonly ttl: number;
  /** Whether entities/… keeps the last known state per key. */
  readonly entities: boolean;
}
