import type { Access, Caller, JudgedWrite, Look, Verdict } from '../firestore/access.ts';
import type { StoredDocument } from '../firestore/document.ts';
import type { StructuredQuery } from '../firestore/query/wire.ts';
import { nowMicros } from '../firestore/values/time.ts';
import { LIMITS } from './limits.ts';
import { Lookups, resourceOf } from './lookups.ts';
import { findables } from './query.ts';
import type { Ruleset } from './ruleset.ts';
import { PartialMap, Path, pathOfName, type Value } from './values.ts';

/** The rules that are in force for a project; undefined where everything is allowed. */
export type RulesOf = (project: string) => Ruleset | undefined;

const UNGUARDED: Verdict = { allowed: true, reason: 'no rules are loaded' };

/** Judges by rules what clients ask for, on the documents as they stand. */
export function accessBy(rulesOf: RulesOf, look: Look): Access {
  return {
    get(caller, name, document) {
      const project = projectOf(name);
      const rules = rulesOf(project);
      return rules
        ? judgeGet(rules, caller, name, document, new Lookups(project, LIMITS.lookups, look))
        : UNGUARDED;
    },
    list(caller, parent, query) {
      const project = projectOf(parent);
      const rules = rulesOf(project);
      return rules
        ? judgeList(rules, caller, parent, query, new Lookups(project, LIMITS.lookups, look))
        : UNGUARDED;
    },
    commit(caller, writes, time) {
      const project = projectOf(writes[0]?.name ?? '');
      const rules = rulesOf(project);
      if (!rules) return UNGUARDED;
      const outcomes = new Map(writes.map(({ name, after }) => [name, after]));
      const after: Look = name => (outcomes.has(name) ? outcomes.get(name) : look(name));
      return judgeCommit(
        rules,
        caller,
        writes,
        time,
        new Lookups(project, LIMITS.commitLookups, look, after),
      );
    },
  };
}

const projectOf = (name: string): string => name.split('/')[1] ?? '';

function judgeGet(
  rules: Ruleset,
  { auth }: Caller,
  name: string,
  document: StoredDocument | undefined,
  lookups: Lookups,
): Verdict {
  const path = pathOfName(name);
  return rules.judge({
    method: 'get',
    target: path.segments,
    path,
    auth,
    time: nowMicros(),
    resource: document ? resourceOf(document) : null,
    look: lookups.limited(LIMITS.lookups),
  });
}

/** Every alternative of the query has to be allowed, maybe each by another rule. */
function judgeList(
  rules: Ruleset,
  { auth }: Caller,
  parent: string,
  query: StructuredQuery,
  lookups: Lookups,
): Verdict {
  const collection = query.from?.[0]?.collectionId;
  const path = new Path([...pathOfName(parent).segments, ...(collection ? [collection] : [])]);
  const orders = (query.orderBy ?? []).map(
    ({ field, direction }) => [field?.fieldPath ?? '', direction === 2 ? 'DESC' : 'ASC'] as const,
  );
  const common = {
    method: 'list',
    path,
    auth,
    time: nowMicros(),
    query: { limit: query.limit?.value, offset: query.offset ?? 0, orderBy: new Map<string, Value>(orders) },
    look: lookups.limited(LIMITS.lookups),
  } as const;
  return all(findables(parent, query), ({ target, data, name }) => {
    const named: [string, Value][] = name
      ? [
          ['id', name.segments.at(-1)!],
          ['__name__', name],
        ]
      : [];
    return rules.judge({
      ...common,
      target,
      resource: new PartialMap(new Map<string, Value>([['data', data], ...named])),
    });
  });
}

function judgeCommit(
  rules: Ruleset,
  { auth }: Caller,
  writes: readonly JudgedWrite[],
  time: number,
  lookups: Lookups,
): Verdict {
  return all(writes, ({ name, method, before, after }) => {
    const path = pathOfName(name);
    return rules.judge({
      method,
      target: path.segments,
      path,
      auth,
      time,
      resource: before ? resourceOf(before) : null,
      requestResource: after ? resourceOf(after) : null,
      look: lookups.limited(LIMITS.lookups),
    });
  });
}

function all<T>(items: readonly T[], judge: (item: T) => Verdict): Verdict {
  let last: Verdict = { allowed: true, reason: 'nothing is asked for' };
  for (const item of items) {
    last = judge(item);
    if (!last.allowed) return last;
  }
  return last;
}
