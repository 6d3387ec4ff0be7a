import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Row } from '../data/listen.ts';
import type { Live } from '../data/use-query.ts';
import { count, measured, plural } from '../model/format.ts';
import { measuresOf, type PaneView, panesOf, TIMING_WORDS, windowsOf } from '../model/panes.ts';
import { type Series, type Shown as ShownValue, seriesOf } from '../model/series.ts';
import { Choice } from '../parts/choice.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { When } from '../parts/time.tsx';
import { type Chart, createChart } from './chart.ts';
import { useColours } from './colours.ts';

const EVENTS = 'events';
/** px */
const NARROW = 560;
const COLUMNS = { wide: 96, narrow: 36 };

/** The windows of a pipeline as a chart that moves with the latest. */
export function Windows({ live }: { readonly live: Live }): JSX.Element {
  const rows = live.state === 'ready' ? live.rows : NONE;
  const panes = useMemo(() => panesOf(rows), [rows]);
  const measures = useMemo(() => measuresOf(panes), [panes]);
  const kinds = windowsOf(panes);
  const [kind, setKind] = useState('');
  const [measure, setMeasure] = useState(EVENTS);
  const [statistic, setStatistic] = useState('mean');
  const window = kinds.includes(kind) ? kind : (kinds[0] ?? '');
  const statistics = measures.get(measure);
  const chosen = statistics ? measure : EVENTS;
  const said = statistics?.includes(statistic) ? statistic : (statistics?.[0] ?? '');
  const shown: ShownValue =
    chosen === EVENTS ? { of: 'events' } : { of: 'measure', measure: chosen, statistic: said };
  const own = panes.filter(pane => pane.window === window);
  // Where windows overlap, each event is in several.
  const total = own.reduce((sum, pane) => sum + (pane.count * pane.step) / (pane.end - pane.start), 0);
  return (
    <Panel
      title="Windows"
      class="windows"
      note={
        panes.length > 0 && (
          <span data-testid="window-events">{`${plural(Math.round(total), 'event')} in ${plural(panes.length, 'window')}`}</span>
        )
      }
      actions={
        panes.length > 0 && (
          <>
            {kinds.length > 1 && (
              <Choice label="Kind of window" values={kinds} value={window} onChange={setKind} />
            )}
            {statistics && statistics.length > 1 && (
              <Choice label="Statistic" values={statistics} value={said} onChange={setStatistic} />
            )}
            <Choice
              label="Measure"
              values={[EVENTS, ...measures.keys()]}
              value={chosen}
              onChange={setMeasure}
            />
          </>
        )
      }
    >
      <Shown
        live={live}
        lines={7}
        empty={
          <Empty icon="overview" title="No windows yet">
            As soon as events are counted, they are drawn here by time and key.
          </Empty>
        }
      >
        {() => <Plot panes={panes} window={window} shown={shown} />}
      </Shown>
    </Panel>
  );
}

const NONE: readonly Row[] = [];

function Plot({
  panes,
  window,
  shown,
}: {
  readonly panes: readonly PaneView[];
  readonly window: string;
  readonly shown: ShownValue;
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

function valueText(value: number | null | undefined, shown: ShownValue): string {
  if (value === null || value === undefined) return '–';
  return shown.of === 'events' ? count(value) : measured(value);
}

/** For those who do not see the chart: the latest window in words. */
function inWords({ lines, starts }: Series, shown: ShownValue): string {
  const what = shown.of === 'events' ? 'Events' : `${shown.statistic} of ${shown.measure}`;
  const latest = lines
    .map(({ key, values }) => `${key ?? 'others'} ${valueText(values.at(-1), shown)}`)
    .join(', ');
  return `${what} in ${plural(starts.length, 'window')} by key. Latest: ${latest}`;
}
