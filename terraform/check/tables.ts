import type { DeclaredView } from '../../build/bigquery.ts';
import type { Deployment } from './deployment.ts';
import type { Expectation } from './expectations.ts';
import { FUNCTIONS } from './hcl/functions.ts';

const TYPE = 'google_bigquery_table';
const jsonencode = FUNCTIONS['jsonencode'] as (value: unknown) => string;

/** The tables and views that the build has declared, each as the steps would make it. */
export function expectedTables({ declared, project }: Deployment): Expectation[] {
  const tables = Object.values(declared.tables).map(
    ({ dataset, table, description, columns, partitioning, clustering, primaryKey }): Expectation => ({
      type: TYPE,
      name: `${dataset}.${table}`,
      fields: {
        description,
        schema: jsonencode(columns),
        time_partitioning: partitioning && [partitioning],
        clustering,
        table_constraints: primaryKey && [{ primary_key: [{ columns: primaryKey }] }],
        deletion_protection: true,
      },
      // Without it a build with fewer columns takes them away, with all that is in them.
      ignored: ['schema', 'encryption_configuration'],
    }),
  );
  const views = [declared.views, declared.views_of_views].flatMap(Object.values<DeclaredView>);
  return [
    ...tables,
    ...views.map(({ dataset, view, description, query }) => ({
      type: TYPE,
      name: `${dataset}.${view}`,
      fields: {
        description,
        view: [{ query: query.join(project), use_legacy_sql: false }],
        deletion_protection: false,
      },
    })),
  ];
}
