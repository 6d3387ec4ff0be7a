/** pipelines/NAME.yaml as its JSON Schema (pipeline.schema.json) lets it be. */
export interface PipelineSource {
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly id?: string;
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
  readonly windows?: Readonly<
    Record<
      string,
      {
        readonly size: string;
        readonly lateness?: string;
        readonly retention?: string;
        readonly lanes?: number;
        readonly key?: string;
        readonly values?: Readonly<Record<string, string>>;
      }
    >
  >;
  readonly alerts?: Readonly<Record<string, AlertSource>>;
  readonly feed?: { readonly sample?: number; readonly keep?: string; readonly entities?: boolean };
}

export const OPERATORS = ['at-least', 'more-than', 'at-most', 'less-than', 'equals'] as const;

export type AlertSource = {
  readonly field: string;
  readonly severity?: 'info' | 'warning' | 'critical';
  readonly title: string;
} & { readonly [operator in (typeof OPERATORS)[number]]?: number };
