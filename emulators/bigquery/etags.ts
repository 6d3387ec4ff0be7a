import { createHash } from 'node:crypto';
import { BigQueryError } from './errors.ts';
import type { Call } from './http.ts';

interface Versioned {
  readonly created: number;
  readonly version: number;
}

export const etagOf = ({ created, version }: Versioned): string =>
  createHash('md5').update(`${created}.${version}`).digest('base64');

/** Holds a request's `If-Match` against what is there. @throws BigQueryError 412 */
export function checkMatch({ req }: Call, resource: Versioned): void {
  const wanted = req.headers['if-match'];
  if (wanted === undefined || wanted === '*') return;
  if (wanted.replaceAll('"', '') !== etagOf(resource))
    throw new BigQueryError(412, 'conditionNotMet', 'Precondition Failed');
}
