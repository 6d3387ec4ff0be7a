import { unimplemented } from './errors.ts';
import type { Json } from './json.ts';
import type { Site } from './site.ts';
import type { Field, TableRef } from './types.ts';

/** The columns of a view, as its query makes them. @throws BigQueryError */
export async function viewFields(_site: Site, _ref: TableRef, _view: Json): Promise<readonly Field[]> {
  throw unimplemented('A view');
}
