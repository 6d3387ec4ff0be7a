import type { TableSpec, ViewSpec } from '../bigquery/tables.ts';
import { EVENTS, type Pipeline } from '../pipelines/pipeline.ts';
import { type Field, fieldsOf, OWN_COLUMNS } from './columns.ts';

/** The dataset of all pipelines' events; functions/warehouse/function.yaml has the role on it. */
export const WAREHOUSE_DATASET = 'millrace';

/** The table has the rows as they were delivered, the view each event once. */
export const eventNames = (pipeline: string) => {
  const name = `events_${pipeline.replaceAll('-', '_')}`;
  return { table: `${name}_raw`, view: name };
};

/** Fields of a pipeline's records in the warehouse. */
export const eventFields = ({ schema, joins }: Pipeline): readonly Field[] =>
  fieldsOf(
    schema,
    joins.map(({ as }) => as),
  );

/** @returns undefined where the pipeline keeps nothing in the warehouse */
export function eventTable(pipeline: Pipeline): TableSpec | undefined {
  const { name, warehouse } = pipeline;
  return (
    warehouse && {
      dataset: WAREHOUSE_DATASET,
      table: eventNames(name).table,
      description: `Events of the pipeline ${name}, as they were delivered; the view ${eventNames(name).view} has each once`,
      columns: [...OWN_COLUMNS, ...eventFields(pipeline).map(({ column }) => column)],
      ...(warehouse.partitioning && {
        partitioning: { type: warehouse.partitioning, field: 'event_time' },
      }),
      clustering: warehouse.clustering,
    }
  );
}

/**
 * Each event once. Its time is the same in all its copies: it stands among the columns of the partition so that a filter on it
 * reaches the table, and only those days are read.
 */
export function eventView({ name }: Pipeline, project: string): ViewSpec {
  const { table, view } = eventNames(name);
  const from = `\`${project}.${WAREHOUSE_DATASET}.${table}\``;
  return {
    dataset: WAREHOUSE_DATASET,
    view,
    description: `Events of the pipeline ${name}, each once`,
    query: `SELECT * EXCEPT (copy) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY event_time, event_source, event_id ORDER BY event_key) AS copy FROM ${from}) WHERE copy = 1`,
  };
}

/** The views for dashboards of a pipeline: `millrace.PIPELINE_VIEW`. */
export function dashboardViews({ name, warehouse }: Pipeline, project: string): readonly ViewSpec[] {
  const events = `\`${project}.${WAREHOUSE_DATASET}.${eventNames(name).view}\``;
  return (warehouse?.views ?? []).map(({ name: view, description, query }) => ({
    dataset: WAREHOUSE_DATASET,
    view: `${name.replaceAll('-', '_')}_${view}`,
    description,
    query: query.replaceAll(EVENTS, () => events),
  }));
}
