import type { JSX } from 'preact';
import { plural } from '../model/format.ts';
import type { PaneView } from '../model/panes.ts';
import { rankingOf } from '../model/ranking.ts';
import type { Shown } from '../model/series.ts';
import { List } from '../parts/list.tsx';
import { When } from '../parts/time.tsx';
import { nameOf, valueText } from './values.ts';

const MOST = 50;

interface RankingProps {
  readonly pane: PaneView;
  readonly shown: Shown;
}

/** The window of all time has no course to draw: its keys as they stand, the highest first. */
export function Ranking({ pane, shown }: RankingProps): JSX.Element {
  const ranked = rankingOf(pane, shown, MOST);
  return (
    <figure class="ranking">
      <List label={`${nameOf(shown)} by key, the highest first`}>
        {ranked.map(({ key, value, share }) => (
          <li key={key} class="ranked">
            <span class="ranked-key" title={key}>
              {key}
            </span>
            <span class="ranked-bar" style={{ '--share': `${share * 100}%` }} />
            <span class="value">{valueText(value, shown)}</span>
          </li>
        ))}
      </List>
      <figcaption class="legend">
        <span class="legend-when">
          <When time={pane.start} />
          <span class="note">{plural(pane.keys.size, 'key')} of all time</span>
        </span>
      </figcaption>
    </figure>
  );
}
