/** Where compiled pipelines lie in their bucket: immutable ones by version, a pointer to today's, references by hash. */
export const objectNames = {
  current: (name: string) => `current/${name}.json`,
  compiled: (name: string, version: string) => `compiled/${name}/${version}.json`,
  reference: (hash: string) => `reference/${hash}.csv`,
};
