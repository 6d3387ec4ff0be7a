import type { TableSpec, ViewSpec } from '../shared/bigquery/tables.ts';
import type { Mirror } from '../shared/mirrors/mirror.ts';
import { changelogTable, latestTable, mirrorViews } from '../shared/mirrors/tables.ts';
import type { Pipeline } from '../shared/pipelines/pipeline.ts';
import { dashboardViews, eventTable, eventView } from '../shared/warehouse/tables.ts';

/** Where the build leaves them for terraform/bigquery.tf. */
export const BIGQUERY_FILE = 'bigquery.json';

export interface DeclaredView extends Omit<ViewSpec, 'query'> {
  /** GoogleSQL in pieces: between each two of them belongs the id of the project, which only a deployment knows. */
  readonly query: readonly string[];
}

/** What the steps would make at their first row; all of it by `DATASET.NAME`. */
export interface Declared {
  readonly tables: Readonly<Record<string, TableSpec>>;
  /** Views that read tables alone. */
  readonly views: Readonly<Record<string, DeclaredView>>;
  /** Views that read those: BigQuery makes none before what it reads. */
  readonly views_of_views: Readonly<Record<string, DeclaredView>>;
}

/** Stands for the project's id: no query can contain it. */
const PROJECT = '\0';

/** The tables and views of pipelines and mirrors, by the very code that the steps make them with. */
export function declare(pipelines: readonly Pipeline[], mirrors: readonly Mirror[]): Declared {
  const kept = pipelines.filter(({ warehouse }) => warehouse !== undefined);
  const tables = [
    ...kept.flatMap(pipeline => eventTable(pipeline) ?? []),
    ...mirrors.flatMap(mirror => [changelogTable(mirror), latestTable(mirror)]),
  ];
  const views = [
    ...kept.flatMap(pipeline => [eventView(pipeline, PROJECT), ...dashboardViews(pipeline, PROJECT)]),
    ...mirrors.flatMap(mirror => mirrorViews(mirror, PROJECT)),
  ];
  const names = views.map(({ dataset, view }) => `\`${PROJECT}.${dataset}.${view}\``);
  const readsView = ({ query }: ViewSpec): boolean => names.some(name => query.includes(name));
  return {
    tables: byName(tables, ({ table }) => table),
    views: declared(views.filter(view => !readsView(view))),
    views_of_views: declared(views.filter(readsView)),
  };
}

const declared = (views: readonly ViewSpec[]): Readonly<Record<string, DeclaredView>> =>
  byName(
    views.map(view => ({ ...view, query: view.query.split(PROJECT) })),
    ({ view }) => view,
  );

function byName<Spec extends { readonly dataset: string }>(
  specs: readonly Spec[],
  nameOf: (spec: Spec) => string,
): Readonly<Record<string, Spec>> {
  return Object.fromEntries(specs.map(spec => [`${spec.dataset}.${nameOf(spec)}`, spec]));
}
