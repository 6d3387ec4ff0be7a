/** The known name that is most like a mistyped one, if any is close: at most a third of its letters differ. */
export function nearest(text: string, known: readonly string[]): string | undefined {
  const wanted = text.toLowerCase();
  const [best] = [...new Set(known)]
    .map(name => ({ name, distance: distance(wanted, name.toLowerCase()) }))
    .filter(({ name, distance: steps }) => steps > 0 && steps * 3 <= Math.max(name.length, wanted.length))
    .toSorted((a, b) => a.distance - b.distance);
  return best?.name;
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
