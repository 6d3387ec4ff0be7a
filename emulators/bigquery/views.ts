import { invalid } from './errors.ts';
import { booleanAt, type Json, textAt } from './json.ts';
import { translateView } from './scope.ts';
import type { Site } from './site.ts';
import { asQueryError } from './sql-errors.ts';
import type { Field, TableRef } from './types.ts';

/** The columns of a view, as its query makes them. @throws BigQueryError 400, 404, 501 */
export function viewFields(site: Site, ref: TableRef, view: Json): readonly Field[] {
  checkDialect(view);
  const query = textAt(view, 'query');
  if (!query) throw invalid('Required parameter is missing: view.query', 'view.query');
  try {
    return translateView(site, ref, query).schema ?? [];
  } catch (error) {
    throw asQueryError(error);
  }
}

/** The API takes a query for one in legacy SQL unless it is told otherwise. @throws BigQueryError 400 */
export function checkDialect(json: Json): void {
  if (booleanAt(json, 'useLegacySql') !== false)
    throw invalid(
      'Legacy SQL is not here: set useLegacySql to false (true unless told, says the API)',
      'useLegacySql',
    );
}
