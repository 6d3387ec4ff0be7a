/** Gives an object one more property, which is computed when it is first read. Copying the object reads it. */
export function lazily<Rest extends object, Name extends string, Value>(
  object: Rest,
  name: Name,
  compute: () => Value,
): Rest & Readonly<Record<Name, Value>> {
  return Object.defineProperty(object, name, {
    configurable: true,
    enumerable: true,
    get: () => {
      const value = compute();
      Object.defineProperty(object, name, { value });
      return value;
    },
  }) as Rest & Readonly<Record<Name, Value>>;
}
