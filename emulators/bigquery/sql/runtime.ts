/** What DuckDB says while a statement runs, as BigQuery words it. */
const WORDINGS: readonly (readonly [pattern: RegExp, wording: string])[] = [
  [/Overflow in (?:addition|subtraction|multiplication) of INT64 \((.*?)\)/, 'int64 overflow: $1'],
  [/Overflow in negation|Overflow on abs/, 'int64 overflow'],
  [
    /Type INT128 with value (-?\d+) can't be cast because the value is out of range for the destination type INT64/,
    'int64 overflow: $1',
  ],
  [
    /Type DOUBLE with value (\S+) can't be cast because the value is out of range for the destination type INT64/,
    'Casting FLOAT64 $1 to INT64: out of range',
  ],
  [/Overflow in (?:addition|subtraction|multiplication) of DECIMAL\(\d+\) \((.*?)\)/, 'numeric overflow: $1'],
  [/Could not cast value .* to DECIMAL\(38,9\)/, 'numeric overflow'],
  [/More than one row returned by a subquery/, 'Scalar subquery produced more than one element'],
  [/Invalid Input Error: (?:Invalid Input Error: )*([\s\S]*)/, '$1'],
  [/(?:\w+ )+Error: ([\s\S]*)/, '$1'],
];

/** The message for a statement that failed in DuckDB. */
export function runtimeError(message: string): string {
  for (const [pattern, wording] of WORDINGS) {
    const found = pattern.exec(message);
    if (found) return wording.replace('$1', () => found[1] ?? '').trim();
  }
  return message;
}
