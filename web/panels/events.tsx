import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Row } from '../data/listen.ts';
import { MOST } from '../data/queries.ts';
import { remembered } from '../data/remembered.ts';
import type { Live } from '../data/use-query.ts';
import { type EventView, eventOf } from '../model/events.ts';
import { Icon } from '../parts/icon.tsx';
import { List } from '../parts/list.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { When } from '../parts/time.tsx';

/** The latest events. They stand still while somebody points at them. */
export function Events({ live }: { readonly live: Live }): JSX.Element {
  const [paused, setPaused] = useState(false);
  const held = useRef<readonly Row[]>([]);
  const latest = live.state === 'ready' ? live.rows : [];
  if (!paused) held.current = latest;
  const known = new Set(held.current.map(({ id }) => id));
  const waiting = paused ? latest.filter(({ id }) => !known.has(id)).length : 0;
  const hold = () => setPaused(true);
  const go = () => setPaused(false);
  return (
    <Panel
      title="Latest events"
      class="events"
      note={
        paused ? (
          <span class="paused">
            <Icon name="pause" />
            Paused{waiting > 0 && `, ${waiting} new`}
          </span>
        ) : (
          'a sample, as they come'
        )
      }
    >
      <Shown
        live={live}
        lines={8}
        empty={
          <Empty icon="overview" title="No events yet">
            Drop a file, or publish to this pipeline. A sample of its events appears here for an hour.
          </Empty>
        }
      >
        {() => (
          <List label="Latest events" onEnter={hold} onLeave={go}>
            {held.current.slice(0, MOST.events).map(drawn)}
          </List>
        )}
      </Shown>
    </Panel>
  );
}

const drawn = remembered((row: Row) => <EventRow key={row.id} event={eventOf(row)} />);

function EventRow({ event: { key, summary, time, value } }: { readonly event: EventView }): JSX.Element {
  return (
    <li class="row event">
      <span class="key" title={key}>
        {key}
      </span>
      <span class="event-text" title={summary}>
        {summary}
      </span>
      <When time={time} />
      {value && <span class="value">{value}</span>}
    </li>
  );
}
