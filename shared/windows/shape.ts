import { createHash } from 'node:crypto';
import type { WindowSpec } from '../pipelines/pipeline.ts';

/** What may change without changing what a window counts: how long it stays, where it is kept, and when and what is shown. */
const CIRCUMSTANCES: ReadonlySet<string> = new Set([
  'lateness',
  'retention',
  'lanes',
  'early',
  'having',
  'top',
]);

const shapes = new WeakMap<WindowSpec, string>();

/**
 * Names what gives a window its meaning, in eight hexadecimal digits. Windows of another shape are other windows: when a
 * pipeline's file changes while events flow, those of the old shape finish as they began.
 */
export function shapeOf(spec: WindowSpec): string {
  const known = shapes.get(spec);
  if (known !== undefined) return known;
  const text = JSON.stringify(spec, (key, value: unknown) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    const fields = Object.entries(value).filter(([name]) => key !== '' || !CIRCUMSTANCES.has(name));
    return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  const shape = createHash('sha256').update(text).digest('hex').slice(0, 8);
  shapes.set(spec, shape);
  return shape;
}
