import type { EventBatch, PipelineEvent } from '../../shared/batches/batch.ts';
import { idOf } from '../../shared/ids/ids.ts';
import { formatPath, parsePath, valueAt } from '../../shared/pipelines/path.ts';
import type { EventRule } from '../../shared/pipelines/pipeline.ts';
import { COMPARE } from './compare.ts';

/** alerts/{id}: something that a person should know. */
export interface Alert {
  /** Rule and event: the same event raises the same alert once. */
  readonly id: string;
  readonly pipeline: string;
  readonly rule: string;
  readonly severity: EventRule['severity'];
  readonly state: 'open';
  readonly title: string;
  readonly field: string;
  readonly value: number;
  readonly threshold: number;
  readonly key: string;
  /** Event time, RFC 3339. */
  readonly time: string;
  readonly event: { readonly source: string; readonly id: string };
  readonly traceparent?: string;
}

/** The alerts that a batch raises: one for each event and rule that it meets. */
export function detect(batch: EventBatch, rules: readonly EventRule[]): Alert[] {
  const alerts: Alert[] = [];
  for (const event of batch.events) {
    for (const rule of rules) {
      const value = valueAt(event.data, rule.path);
      if (typeof value === 'number' && COMPARE[rule.operator](value, rule.threshold)) {
        alerts.push(alertOf(batch, event, rule, value));
      }
    }
  }
  return alerts;
}

function alertOf(batch: EventBatch, event: PipelineEvent, rule: EventRule, value: number): Alert {
  return {
    id: `${rule.name}-${idOf(batch.pipeline, rule.name, event.source, event.id)}`,
    pipeline: batch.pipeline,
    rule: rule.name,
    severity: rule.severity,
    state: 'open',
    title: fill(rule.title, event.data),
    field: formatPath(rule.path),
    value,
    threshold: rule.threshold,
    key: event.partitionkey,
    time: event.time,
    event: { source: event.source, id: event.id },
    ...(batch.traceparent && { traceparent: batch.traceparent }),
  };
}

/** Fills the {path} places of a title from the record; a missing value reads "–". */
function fill(title: string, data: unknown): string {
  return title.replace(/\{([^{}]+)\}/g, (_place, path: string) =>
    String(valueAt(data, parsePath(path)) ?? '–'),
  );
}
