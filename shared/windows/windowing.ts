import type { WindowSpec } from '../pipelines/pipeline.ts';
import type { Windowing } from '../streams/slices.ts';

/** How a pipeline's window cuts event time, in ms. */
export function windowingOf(spec: WindowSpec): Windowing {
  const { kind = 'tumbling' } = spec;
  const size = spec.size * 1000;
  if (kind === 'sliding') return { kind, size, slide: (spec.slide ?? spec.size) * 1000 };
  if (kind === 'session') return { kind, gap: size };
  return kind === 'global' ? { kind } : { kind, size };
}
