import type { IncomingHttpHeaders } from 'node:http';
import { conditionNotMet, invalid, notModified } from './errors.ts';

/** What conditions are held against; undefined when there is no live object. */
export interface Versioned {
  readonly generation: string;
  readonly metageneration: string;
  readonly etag: string;
}

type Current = Versioned | undefined;
export type Condition = (current: Current) => void;

/** Generation 0 stands for "does not exist". */
const generationOf = (current: Current): string => current?.generation ?? '0';
const metagenerationOf = (current: Current): string | undefined => current?.metageneration;

/** Parameter after its prefix, what it compares, whether equality is wanted. */
const CONDITIONS = [
  ['GenerationMatch', generationOf, true],
  ['GenerationNotMatch', generationOf, false],
  ['MetagenerationMatch', metagenerationOf, true],
  ['MetagenerationNotMatch', metagenerationOf, false],
] as const;

/**
 * Reads `ifGenerationMatch` and its kin ({@link https://cloud.google.com/storage/docs/request-preconditions}).
 * `prefix` is `ifSource` for the source of a copy. Reads answer 304 where a NotMatch fails, writes 412.
 */
export function conditions(
  query: URLSearchParams,
  mode: 'read' | 'write',
  prefix: 'if' | 'ifSource' = 'if',
): Condition {
  const wanted = CONDITIONS.flatMap(([suffix, of, equal]) => {
    const name = prefix + suffix;
    const value = query.get(name);
    if (value === null) return [];
    if (!/^\d+$/.test(value)) throw invalid(`Invalid value for ${name}: '${value}': expected a number`);
    return [{ name, value: String(BigInt(value)), of, equal }];
  });
  return current => {
    for (const { name, value, of, equal } of wanted) {
      if ((of(current) === value) === equal) continue;
      throw mode === 'read' && !equal ? notModified() : conditionNotMet(name);
    }
  };
}

/** If-Match and If-None-Match of a read. */
export function etagConditions(headers: IncomingHttpHeaders): Condition {
  return current => {
    const etag = current?.etag;
    if (etag === undefined) return;
    if (headers['if-match'] !== undefined && !names(headers['if-match'], etag))
      throw conditionNotMet('If-Match');
    if (headers['if-none-match'] !== undefined && names(headers['if-none-match'], etag)) throw notModified();
  };
}

const names = (header: string, etag: string): boolean =>
  header.split(',').some(item => {
    const tag = item.trim().replace(/^W\//, '').replaceAll('"', '');
    return tag === '*' || tag === etag;
  });
