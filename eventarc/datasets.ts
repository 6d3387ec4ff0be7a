import type { Step } from './wiring.ts';

/** The datasets of BigQuery that any step has a role on: those that a deployment makes. */
export function datasetsOf({ steps }: { readonly steps: readonly Step[] }): string[] {
  const on = steps.flatMap(({ roles }) => roles.map(role => role.on));
  const named = on.flatMap(one => (one.startsWith('dataset:') ? [one.slice('dataset:'.length)] : []));
  return [...new Set(named)].sort();
}
