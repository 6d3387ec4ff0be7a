import type { Access, Auth, Caller, JudgedWrite, Look, Verdict } from '../firestore/access.ts';
import type { StoredDocument } from '../firestore/document.ts';
import type { StructuredQuery } from '../firestore/query/wire.ts';
import { nowMicros } from '../firestore/values/time.ts';
import { pathOfName } from './convert.ts';
import { LIMITS } from './limits.ts';
import { Lookups, resourceOf } from './lookups.ts';
import { type Findable, findables } from './query.ts';
import type { Ruleset } from './ruleset.ts';
import { Open, PartialMap, Path, type Value } from './values.ts';

/** The rules that are in force for a project; undefined where everything is allowed. */
export type RulesOf = (project: string) => Ruleset | undefined;

const UNGUARDED: Verdict = { allowed: true, reason: 'no rules are loaded' };

/** Whose request is judged, by which rules. */
interface Case {
  readonly rules: Ruleset;
  readonly auth: Auth | undefined;
  readonly project: string;
}

/** Judges by rules what clients ask for, on the documents as they stand. */
export function accessBy(rulesOf: RulesOf, look: Look): Access {
  const judge = (caller: Caller, name: string, verdict: (one: Case) => Verdict): Verdict => {
    const project = name.split('/')[1] ?? '';
    const rules = rulesOf(project);
    return rules ? verdict({ rules, auth: caller.auth, project }) : UNGUARDED;
  };
  return {
    get: (caller, name, document) => judge(caller, name, one => judgeGet(one, name, document, look)),
    list: (caller, parent, query) => judge(caller, parent, one => judgeList(one, parent, query, look)),
    commit: (caller, writes, time) =>
      judge(caller, writes[0]?.name ?? '', one => judgeCommit(one, writes, time, look)),
  };
}

function judgeGet(
  { rules, auth, project }: Case,
  name: string,
  document: StoredDocument | undefined,
  look: Look,
): Verdict {
  const path = pathOfName(name);
  return rules.judge({
    method: 'get',
    target: path.segments,
    path,
    auth,
    time: nowMicros(),
    resource: () => (document ? resourceOf(document) : null),
    look: new Lookups(project, LIMITS.lookups, look).limited(LIMITS.lookups),
  });
}

/** Every alternative of the query has to be allowed, maybe each by another rule. */
function judgeList(
  { rules, auth, project }: Case,
  parent: string,
  query: StructuredQuery,
  look: Look,
): Verdict {
  const id = query.from?.[0]?.collectionId;
  const collection = new Path([...pathOfName(parent).segments, ...(id ? [id] : [])]);
  const orders = (query.orderBy ?? []).map(
    ({ field, direction }) => [field?.fieldPath ?? '', direction === 2 ? 'DESC' : 'ASC'] as const,
  );
  const common = {
    method: 'list',
    auth,
    time: nowMicros(),
    query: { limit: query.limit?.value, offset: query.offset ?? 0, orderBy: new Map<string, Value>(orders) },
    look: new Lookups(project, LIMITS.lookups, look).limited(LIMITS.lookups),
  } as const;
  return all(findables(parent, query), one =>
    rules.judge({
      ...common,
      target: one.target,
      path: one.name ?? collection,
      resource: () => foundBy(one, project, look),
    }),
  );
}

/** A document that a query asks for by name is looked at; of others is known what the filters say. */
function foundBy({ name, data }: Findable, project: string, look: Look): Value {
  if (!name) return new PartialMap(new Map([['data', data]]));
  const document = look(`projects/${project}${name}`);
  return document ? resourceOf(document) : new Open(`the document ${name}, which is not there,`);
}

function judgeCommit(
  { rules, auth, project }: Case,
  writes: readonly JudgedWrite[],
  time: number,
  look: Look,
): Verdict {
  const outcomes = new Map(writes.map(({ name, after }) => [name, after]));
  const after: Look = name => (outcomes.has(name) ? outcomes.get(name) : look(name));
  const lookups = new Lookups(project, LIMITS.commitLookups, look, after);
  return all(writes, write => {
    const path = pathOfName(write.name);
    return rules.judge({
      method: write.method,
      target: path.segments,
      path,
      auth,
      time,
      resource: () => (write.before ? resourceOf(write.before) : null),
      requestResource: () => (write.after ? resourceOf(write.after) : null),
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
