/** What the service allows of rules ({@link https://firebase.google.com/docs/firestore/security/rules-structure#security_rule_limits}). */
export const LIMITS = {
  sourceBytes: 256 * 1024,
  matchDepth: 10,
  pathSegments: 100,
  wildcards: 20,
  parameters: 7,
  lets: 10,
  callDepth: 20,
  /** Documents that get() and its like may read for one document or query. */
  lookups: 10,
  /** … and for all writes of a commit together. */
  commitLookups: 20,
} as const;
