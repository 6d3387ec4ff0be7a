import type { MeasureForm } from './measures.ts';
import type { Severity } from './pipeline.ts';

/** pipelines/NAME.yaml as its JSON Schema (pipeline.schema.json) lets it be. */
export interface PipelineSource {
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly id?: string;
  readonly horizon?: string;
  readonly time: {
    readonly field: string;
    readonly unit?: 'ms' | 's';
    readonly zone?: 'UTC';
    readonly skew?: string;
  };
  readonly key: string;
  readonly join?: readonly {
    readonly reference: string;
    readonly column: string;
    readonly on: string;
    readonly as: string;
    readonly missing?: 'keep' | 'reject';
  }[];
  readonly 'interval-join'?: IntervalJoinSource;
  readonly windows?: Readonly<Record<string, WindowSource>>;
  readonly alerts?: Readonly<Record<string, AlertSource>>;
  readonly routes?: Readonly<Record<string, string>>;
  readonly warehouse?:
    | boolean
    | {
        readonly partitioning?: 'NONE' | 'HOUR' | 'DAY' | 'MONTH' | 'YEAR';
        readonly clustering?: readonly string[];
      };
  readonly feed?: { readonly sample?: number; readonly keep?: string; readonly entities?: boolean };
}

/** Exactly one of `size`, `session` and `global`; check-windows.ts sees what goes with which. */
export interface WindowSource {
  readonly size?: string;
  readonly every?: string;
  readonly session?: string;
  readonly global?: true;
  readonly early?: { readonly every?: string; readonly count?: number };
  readonly panes?: 'accumulating' | 'discarding';
  readonly lateness?: string;
  readonly retention?: string;
  readonly lanes?: number;
  readonly key?: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly measures?: Readonly<Record<string, MeasureSource>>;
  readonly filter?: string;
  readonly having?: string;
  readonly top?: { readonly by: string; readonly most?: number };
}

export interface IntervalJoinSource {
  readonly left: string;
  readonly right: string;
  readonly before?: string;
  readonly after?: string;
  readonly unmatched?: 'drop' | 'keep';
  readonly lateness?: string;
  readonly retention?: string;
}

export const OPERATORS = ['at-least', 'more-than', 'at-most', 'less-than', 'equals'] as const;

export const SEVERITIES = ['info', 'warning', 'critical'] as const;

/** Exactly one of the forms in measures.ts with a path, or 1 to count each event as that, and what goes with it. */
export type MeasureSource = {
  readonly at?: readonly string[];
  readonly most?: number;
  readonly 'half-life'?: string;
  readonly bounds?: readonly number[];
  readonly per?: string;
} & { readonly [form in MeasureForm]?: string | 1 };

/** A rule on a `field` of an event, on a `window`, or on silence: check-alerts.ts sees that keys of only one of them are there. */
export type AlertSource = {
  readonly field?: string;
  readonly window?: string;
  readonly 'silent-for'?: string;
  readonly measure?: string;
  readonly only?: string;
  readonly 'min-events'?: number;
  readonly clear?: number;
  readonly for?: string;
  readonly cooldown?: string;
  readonly escalate?: { readonly after: string; readonly severity: Severity };
  readonly severity?: Severity;
  readonly title: string;
} & { readonly [operator in (typeof OPERATORS)[number]]?: number };
