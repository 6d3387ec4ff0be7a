import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { plural } from '../model/format.ts';
import { type PaneView, TIMING_WORDS } from '../model/panes.ts';
import { type Series, type Shown, seriesOf } from '../model/series.ts';
import { When } from '../parts/time.tsx';
import { type Chart, createChart } from './chart.ts';
import { useColours } from './colours.ts';
import { nameOf, valueText } from './values.ts';

/** px */
const NARROW = 560;
const COLUMNS = { wide: 96, narrow: 36 };

/** Windows of one kind as a chart that moves with the latest. */
export function Plot({
  panes,
  window,
  shown,
}: {
  readonly panes: readonly PaneView[];
  readonly window: string;
  readonly shown: Shown;
}): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | undefined>(undefined);
  const [hover, setHover] = useState<number | undefined>();
  const [narrow, setNarrow] = useState(false);
  const colours = useColours();
  const series = seriesOf(panes, window, shown, narrow ? COLUMNS.narrow : COLUMNS.wide);
  useLayoutEffect(() => {
    const made = createChart(host.current!, setHover);
    chart.current = made;
    const resized = new ResizeObserver(([entry]) => {
      setNarrow((entry?.contentRect.width ?? 0) < NARROW);
      made.resize();
    });
    resized.observe(host.current!);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, []);
  useLayoutEffect(() => chart.current?.show(series, shown.of === 'events', colours));
  const column = hover !== undefined && hover < series.starts.length ? hover : series.starts.length - 1;
  return (
    <figure class="plot">
      <div ref={host} class="plot-canvas" role="img" aria-label={inWords(series, shown)} />
      <figcaption class="legend">
        <span class="legend-when">
          <When time={series.starts[column]} />
          <span class="note">
            {series.timing[column] ? TIMING_WORDS[series.timing[column]] : 'no events'}
          </span>
        </span>
        {series.lines.map(({ key, values }, at) => (
          <span key={key ?? ''} class="legend-item">
            <span class={`swatch c${key === undefined ? 'x' : at}`} />
            <span class="legend-key">{key ?? 'others'}</span>
            <span class="value">{valueText(values[column], shown)}</span>
          </span>
        ))}
        <span class="legend-timing">
          <span class="swatch strip early" /> early
          <span class="swatch strip late" /> late
        </span>
      </figcaption>
    </figure>
  );
}

/** For those who do not see the chart: the latest window in words. */
function inWords({ lines, starts }: Series, shown: Shown): string {
  const latest = lines
    .map(({ key, values }) => `${key ?? 'others'} ${valueText(values.at(-1), shown)}`)
    .join(', ');
  return `${nameOf(shown)} in ${plural(starts.length, 'window')} by key. Latest: ${latest}`;
}
