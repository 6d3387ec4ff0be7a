import type { JSX } from 'preact';

/** A few values of which one holds. */
export function Choice<T extends string>({
  label,
  values,
  value,
  onChange,
  words,
}: {
  readonly label: string;
  readonly values: readonly T[];
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly words?: Readonly<Record<T, string>>;
}): JSX.Element {
  return (
    <fieldset class="choice">
      <legend class="sr-only">{label}</legend>
      {values.map(one => (
        <button key={one} type="button" aria-pressed={one === value} onClick={() => onChange(one)}>
          {words?.[one] ?? one}
        </button>
      ))}
    </fieldset>
  );
}
