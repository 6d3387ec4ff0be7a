import { invalid, unimplemented } from './errors.ts';
import type { Handler } from './http.ts';
import { compareNames } from './names.ts';
import { objectResource } from './resources.ts';

export interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  /** Inclusive. */
  readonly startOffset: string;
  /** Exclusive; '' for none. */
  readonly endOffset: string;
  /** The last item or prefix of the page before; '' for the first page. */
  readonly after: string;
  readonly max: number;
  /** An object whose name ends in its first delimiter after the prefix is an item as well as a prefix. */
  readonly includeTrailingDelimiter: boolean;
}

export interface Page {
  readonly items: readonly string[];
  readonly prefixes: readonly string[];
  /** What `after` must be for the next page; undefined on the last one. */
  readonly next?: string;
}

const MAX_RESULTS = 1000;

/** One page of `names`, which are in list order. Items and prefixes count alike. */
export function page(names: readonly string[], query: ListQuery): Page {
  const items: string[] = [];
  const prefixes: string[] = [];
  let last = query.after;
  let count = 0;
  const from = [query.prefix, query.startOffset, query.after].reduce((a, b) =>
    compareNames(a, b) < 0 ? b : a,
  );
  for (let at = lowerBound(names, from); at < names.length; at++) {
    const name = names[at]!;
    if (!name.startsWith(query.prefix)) break;
    if (query.endOffset !== '' && compareNames(name, query.endOffset) >= 0) break;
    const folder = folderOf(name, query);
    const entry = folder ?? name;
    // The rest of a folder; or what the page before ended with.
    if (entry === last) continue;
    if (count++ === query.max) return { items, prefixes, next: last };
    if (folder === undefined || (query.includeTrailingDelimiter && folder === name)) items.push(name);
    if (folder !== undefined) prefixes.push(folder);
    last = entry;
  }
  return { items, prefixes };
}

function folderOf(name: string, { prefix, delimiter }: ListQuery): string | undefined {
  if (delimiter === '') return undefined;
  const at = name.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : name.slice(0, at + delimiter.length);
}

function lowerBound(names: readonly string[], wanted: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareNames(names[middle]!, wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export const listObjects: Handler = ({ store, params, query, origin }) => {
  const bucket = params['bucket']!;
  for (const parameter of ['matchGlob', 'softDeleted', 'filter'])
    if (query.has(parameter) && query.get(parameter) !== 'false')
      throw unimplemented(`The parameter ${parameter}`);
  const max = query.get('maxResults') ?? MAX_RESULTS;
  if (!(Number(max) >= 1)) throw invalid(`Invalid value for maxResults: '${max}': expected a number from 1`);
  const { items, prefixes, next } = page(store.names(bucket), {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    startOffset: query.get('startOffset') ?? '',
    endOffset: query.get('endOffset') ?? '',
    after: Buffer.from(query.get('pageToken') ?? '', 'base64url').toString(),
    max: Math.min(Number(max), MAX_RESULTS),
    includeTrailingDelimiter: query.get('includeTrailingDelimiter') === 'true',
  });
  return {
    json: {
      kind: 'storage#objects',
      ...(next !== undefined && { nextPageToken: Buffer.from(next).toString('base64url') }),
      ...(prefixes.length > 0 && { prefixes }),
      ...(items.length > 0 && {
        items: items.map(name => objectResource(store.object(bucket, name), origin)),
      }),
    },
  };
};
