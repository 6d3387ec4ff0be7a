import type { Step } from '../../eventarc/wiring.ts';

/** What a process needs of its surroundings; anything else of the shell's would not be there in the cloud either. */
const INHERITED = [
  'PATH',
  'HOME',
  'USER',
  'TMPDIR',
  'TEMP',
  'TMP',
  'LANG',
  'LC_ALL',
  'TZ',
  'SystemRoot',
] as const;

/**
 * The environment of a child that serves `steps`.
 * @throws when two of them want different values under one name: only processes of their own can have both
 */
export function childEnvironment(
  steps: readonly Step[],
  environment: Readonly<Record<string, string>>,
  parent: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = parent[name];
    if (value !== undefined) merged[name] = value;
  }
  // Without it a Google client first looks for a metadata server, which takes seconds off the network.
  merged['METADATA_SERVER_DETECTION'] = 'none';
  const setBy = new Map<string, string>();
  for (const step of steps) {
    for (const [name, value] of Object.entries(step.environment)) {
      const other = setBy.get(name);
      if (other !== undefined && merged[name] !== value) {
        throw new Error(
          `functions/${step.name}/function.yaml sets ${name} to '${value}', functions/${other}/function.yaml to ` +
            `'${merged[name]}': steps in one process share its environment. Start the suite with --isolate or agree.`,
        );
      }
      setBy.set(name, step.name);
      merged[name] = value;
    }
  }
  return { ...merged, ...environment };
}
