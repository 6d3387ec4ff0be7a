/**
 * Makes something of an object once: what has not changed is neither computed nor drawn again, since the library passes over
 * an element that is the very same as before.
 */
export function remembered<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return key => {
    let value = known.get(key);
    if (value === undefined) {
      value = make(key);
      known.set(key, value);
    }
    return value;
  };
}
