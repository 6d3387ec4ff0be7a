import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { measured } from '../model/format.ts';
import type { Timing } from '../model/panes.ts';
import { type Series, stacked } from '../model/series.ts';

export interface ChartColours {
  readonly text: string;
  readonly grid: string;
  readonly timing: Readonly<Record<Timing, string>>;
  /** One for each line; the last for all other keys. */
  readonly lines: readonly string[];
}

export interface Chart {
  readonly show: (series: Series, columns: boolean, colours: ChartColours) => void;
  readonly resize: () => void;
  readonly destroy: () => void;
}

const SECOND = 1000;
const STRIP = 4;

/** Draws series into an element, as stacked columns or as lines; under them a strip that says which windows are final. */
export function createChart(host: HTMLElement, onHover: (column: number | undefined) => void): Chart {
  let plot: uPlot | undefined;
  let shape = '';
  let timing: Series['timing'] = [];
  const size = () => ({ width: host.clientWidth, height: host.clientHeight });
  return {
    show(series, columns, colours) {
      const wanted = JSON.stringify([columns, series.size, series.lines.map(({ key }) => key), colours]);
      const data = dataOf(series, columns);
      timing = series.timing;
      if (plot && shape === wanted) return plot.setData(data);
      plot?.destroy();
      shape = wanted;
      plot = new uPlot(
        { ...size(), ...optionsOf(series, columns, colours, () => timing, onHover) },
        data,
        host,
      );
    },
    resize: () => plot?.setSize(size()),
    destroy: () => plot?.destroy(),
  };
}

function dataOf(series: Series, columns: boolean): uPlot.AlignedData {
  const x = series.starts.map(start => start / SECOND);
  // The highest column is drawn first, lower ones over it.
  const ys = columns
    ? stacked(series).reverse()
    : series.lines.map(({ values }) => values as (number | null)[]);
  return [x, ...ys];
}

function optionsOf(
  series: Series,
  columns: boolean,
  colours: ChartColours,
  timing: () => Series['timing'],
  onHover: (column: number | undefined) => void,
): Omit<uPlot.Options, 'width' | 'height'> {
  const half = series.size / SECOND / 2;
  const colourOf = (at: number): string =>
    series.lines[at]?.key === undefined ? colours.lines.at(-1)! : colours.lines[at]!;
  const lines = series.lines.map((line, at): uPlot.Series => {
    const colour = colourOf(columns ? series.lines.length - 1 - at : at);
    if (!columns)
      return {
        label: line.key ?? '',
        stroke: colour,
        width: 1.75,
        spanGaps: true,
        points: { show: true, size: 4, fill: colour },
      };
    return {
      label: line.key ?? '',
      fill: colour,
      stroke: colour,
      width: 0,
      points: { show: false },
      paths: uPlot.paths.bars!({ size: [0.78, 28], radius: 0.12 }),
    };
  });
  const axis = { stroke: colours.text, font: '12px system-ui, sans-serif', ticks: { show: false } };
  return {
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: { y: false, points: { show: !columns }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: (_u, min, max) => [min - half, max + half] },
      y: { range: (_u, min, max) => rangeOf(min, max, columns) },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 72, size: 36, gap: 8, values: timeLabels },
      {
        ...axis,
        grid: { stroke: colours.grid, width: 1 },
        space: 36,
        size: 48,
        values: (_u, splits) => splits.map(measured),
      },
    ],
    series: [{}, ...lines],
    hooks: {
      setCursor: [u => onHover(u.cursor.idx ?? undefined)],
      draw: [u => drawTimings(u, timing(), colours, half)],
    },
  };
}

function rangeOf(min: number | null, max: number | null, columns: boolean): [number, number] {
  if (min === null || max === null) return [0, 1];
  if (columns) return [0, Math.max(1, max * 1.08)];
  const room = (max - min || Math.abs(max) || 1) * 0.1;
  return [min >= 0 && min - room < 0 ? 0 : min - room, max + room];
}

const HOURS = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAYS = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** The time of day, and where a day begins its date: one line. */
function timeLabels(_u: uPlot, splits: number[]): string[] {
  return splits.map(seconds => {
    const time = new Date(seconds * SECOND);
    return time.getHours() + time.getMinutes() === 0 ? DAYS.format(time) : HOURS.format(time);
  });
}

/** A strip along the foot: one colour for early windows, one for those on time, one for late ones. */
function drawTimings(u: uPlot, timing: Series['timing'], colours: ChartColours, half: number): void {
  const { ctx, bbox } = u;
  const y = bbox.top + bbox.height - STRIP * devicePixelRatio;
  ctx.save();
  for (const [at, x] of u.data[0].entries()) {
    const said = timing[at];
    if (!said || said === 'onTime') continue;
    const [left, right] = [u.valToPos(x - half, 'x', true), u.valToPos(x + half, 'x', true)];
    ctx.fillStyle = colours.timing[said];
    ctx.fillRect(left + 1, y, Math.max(2, right - left - 2), STRIP * devicePixelRatio);
  }
  ctx.restore();
}
