import { invalidArgument } from '../grpc/errors.ts';

export interface PageRequest {
  readonly pageSize?: number;
  readonly pageToken?: string;
}

const DEFAULT_PAGE = 100;

/** One page of names in order; the token is the last name that was shown. */
export function page(
  names: readonly string[],
  { pageSize, pageToken }: PageRequest,
): { items: string[]; nextPageToken: string } {
  if (pageSize !== undefined && pageSize < 0) throw invalidArgument(`Invalid page_size given (${pageSize}).`);
  const rest = names.filter(name => !pageToken || name > pageToken).sort();
  const items = rest.slice(0, pageSize || DEFAULT_PAGE);
  return { items, nextPageToken: items.length < rest.length ? items.at(-1)! : '' };
}
