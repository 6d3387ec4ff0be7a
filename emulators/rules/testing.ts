import type { Fields } from '../../shared/events/firestore-values.ts';
import type { Caller, Verdict } from '../firestore/access.ts';
import { StoredDocument } from '../firestore/document.ts';
import { SecurityRules } from './security-rules.ts';

export const PROJECT = 'demo-rules';
export const ROOT = `projects/${PROJECT}/databases/(default)/documents`;

export const ME: Caller = {
  admin: false,
  auth: { uid: 'me', token: { sub: 'me', auth_time: 1_700_000_000 } },
};
export const NOBODY: Caller = { admin: false };

/** A rules file around what stands in `match /databases/{db}/documents`. */
export const rulesOf = (body: string): string =>
  `rules_version = '2';\nservice cloud.firestore { match /databases/{db}/documents {\n${body}\n}}`;

export const ruleOf = (condition: string): string =>
  rulesOf(`match /t/{id} { allow get: if\n${condition}\n; }`);

export function storedDocument(
  path: string,
  fields: Fields = {},
  micros = 1_700_000_000_000_000,
): StoredDocument {
  return StoredDocument.of(`${ROOT}/${path}`, fields, micros, micros);
}

/** Access by these rules to these documents. */
export function guard(source: string, ...documents: readonly StoredDocument[]) {
  const stored = new Map(documents.map(document => [document.name, document]));
  const rules = new SecurityRules();
  rules.load(source, 'firestore.rules');
  const access = rules.access(name => stored.get(name));
  return {
    ...access,
    read: (path: string, caller: Caller = ME): Verdict =>
      access.get(caller, `${ROOT}/${path}`, stored.get(`${ROOT}/${path}`)),
  };
}
