const EVERY = '*';

/**
 * The pipelines that a user may look at, in the order of the settings; those that the settings do not know follow.
 *
 * @param grants of `grants/{uid}`, undefined where they are not known
 */
export function namesOf(
  grants: readonly unknown[] | undefined,
  operator: boolean,
  known: readonly string[],
): readonly string[] {
  const granted = (grants ?? []).filter(name => typeof name === 'string' && name !== '');
  const all = operator || granted.includes(EVERY);
  const named = granted.filter(name => name !== EVERY) as string[];
  return [
    ...known.filter(name => all || named.includes(name)),
    ...named.filter(name => !known.includes(name)),
  ];
}
