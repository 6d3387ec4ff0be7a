import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { Row } from '../data/listen.ts';
import type { Live } from '../data/use-query.ts';
import { plural } from '../model/format.ts';
import { currentOf, measuresOf, panesOf, windowsOf } from '../model/panes.ts';
import type { Shown as ShownValue } from '../model/series.ts';
import { Choice } from '../parts/choice.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { Plot } from './plot.tsx';
import { Ranking } from './ranking.tsx';

const EVENTS = 'events';
/** The windows of a pipeline: as a chart that moves with the latest, or, where there is one of all time, as a ranking. */
export function Windows({ live }: { readonly live: Live }): JSX.Element {
  const rows = live.state === 'ready' ? live.rows : NONE;
  const panes = useMemo(() => panesOf(rows), [rows]);
  const kinds = windowsOf(panes);
  const [kind, setKind] = useState('');
  const [measure, setMeasure] = useState<string>();
  const [statistic, setStatistic] = useState('mean');
  const window = kinds.includes(kind) ? kind : (kinds[0] ?? '');
  const own = useMemo(() => panes.filter(pane => pane.window === window), [panes, window]);
  const measures = useMemo(() => measuresOf(own), [own]);
  const current = currentOf(own);
  // Who ranks keys of all time mostly ranks them by something other than their events.
  const usual = (current && [...measures.keys()][0]) ?? EVENTS;
  const chosen = measure !== undefined && (measure === EVENTS || measures.has(measure)) ? measure : usual;
  const statistics = measures.get(chosen);
  const said = statistics?.includes(statistic) ? statistic : (statistics?.[0] ?? '');
  const shown: ShownValue =
    chosen === EVENTS ? { of: 'events' } : { of: 'measure', measure: chosen, statistic: said };
  // Where windows overlap, each event is in several.
  const total = own.reduce((sum, pane) => sum + (pane.count * pane.step) / (pane.end - pane.start), 0);
  return (
    <Panel
      title="Windows"
      class="windows"
      note={
        panes.length > 0 && (
          <span data-testid="window-events">{`${plural(Math.round(total), 'event')} in ${plural(own.length, 'window')}`}</span>
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
        {() =>
          current ? (
            <Ranking pane={current} shown={shown} />
          ) : (
            <Plot panes={own} window={window} shown={shown} />
          )
        }
      </Shown>
    </Panel>
  );
}

const NONE: readonly Row[] = [];
