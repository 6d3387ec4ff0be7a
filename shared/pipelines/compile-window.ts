import { parseDuration } from '../duration/duration.ts';
import { measureSpec, numberOf } from './measures.ts';
import { parsePath } from './path.ts';
import type { Path, WindowSpec } from './pipeline.ts';
import type { WindowSource } from './source.ts';

/** @param key the pipeline's, for a window without one of its own */
export function compileWindow(name: string, source: WindowSource, key: Path): WindowSpec {
  const { early, panes, filter, having, top } = source;
  return {
    name,
    ...formOf(source),
    ...(early && {
      early: {
        ...(early.every !== undefined && { every: parseDuration(early.every) }),
        ...(early.count !== undefined && { count: early.count }),
      },
    }),
    ...(panes === 'discarding' && { panes }),
    lateness: parseDuration(source.lateness ?? '1h'),
    retention: parseDuration(source.retention ?? '1d'),
    lanes: source.lanes ?? 4,
    key: source.key ? parsePath(source.key) : key,
    values: Object.fromEntries(
      Object.entries(source.values ?? {}).map(([measure, path]) => [measure, parsePath(path)]),
    ),
    ...(source.measures && {
      measures: Object.fromEntries(
        Object.entries(source.measures).map(([measure, computed]) => [measure, measureSpec(computed)]),
      ),
    }),
    ...(filter !== undefined && { filter }),
    ...(having !== undefined && { having }),
    ...(top && { top: { by: numberOf(top.by), most: top.most ?? 10 } }),
  };
}

/** A window that slides by its whole length tumbles. */
function formOf({ size, every, session }: WindowSource): Pick<WindowSpec, 'kind' | 'size' | 'slide'> {
  if (session !== undefined) return { kind: 'session', size: parseDuration(session) };
  if (size === undefined) return { kind: 'global', size: 0 };
  const [length, slide] = [parseDuration(size), parseDuration(every ?? size)];
  return slide === length ? { size: length } : { kind: 'sliding', size: length, slide };
}
