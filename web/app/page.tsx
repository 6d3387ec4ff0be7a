import { disableNetwork, enableNetwork } from 'firebase/firestore';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { queries } from '../data/queries.ts';
import { useServices } from '../data/services.ts';
import { type Live, useQuery } from '../data/use-query.ts';
import { count, plural } from '../model/format.ts';
import { placesOf } from '../model/places.ts';
import { millis } from '../model/read.ts';
import { type UploadView, uploadOf } from '../model/uploads.ts';
import { Alerts } from '../panels/alerts.tsx';
import { Events } from '../panels/events.tsx';
import { Inbox } from '../panels/inbox.tsx';
import { Rejects } from '../panels/rejects.tsx';
import { Uploads } from '../panels/uploads.tsx';
import { Windows } from '../panels/windows.tsx';
import { World } from '../panels/world.tsx';
import { useTransfers } from '../upload/use-transfers.ts';
import { Rail } from './rail.tsx';
import { linkTo, type Route, type View } from './route.ts';
import { LinkPill, LostBanner, useLink } from './status.tsx';
import type { Theme } from './theme.ts';

interface PageProps {
  readonly route: Route;
  /** Names of those that the user may see. */
  readonly pipelines: readonly string[];
  readonly email: string;
  readonly theme: Theme;
  readonly onTheme: (theme: Theme) => void;
  readonly onSignOut: () => void;
}

const TITLES: Readonly<Record<View, string>> = {
  overview: 'Overview',
  files: 'Files',
  alerts: 'Alerts',
  inbox: 'Inbox',
};

/** One pipeline, in one of the views. All listeners are here, so that going from view to view asks for nothing anew. */
export function Page({ route, pipelines, email, ...rest }: PageProps): JSX.Element {
  const { db, uid, settings } = useServices();
  const pipeline =
    [route.pipeline, settings.demo?.pipeline].find(name => name && pipelines.includes(name)) ?? pipelines[0]!;
  const description = settings.pipelines.find(({ name }) => name === pipeline)?.description;
  const live = useLive(pipeline, uid);
  const transfers = useTransfers();
  const link = useLink();
  const [opened, setOpened] = useState<UploadView>();
  useEffect(() => setOpened(undefined), [pipeline]);
  const [alerts, unread] = [
    rowsOf(live.openAlerts).length,
    rowsOf(live.messages).filter(({ data }) => millis(data['readAt']) === undefined).length,
  ];
  const counts = {
    ...(alerts > 0 && { alerts: count(alerts) }),
    ...(unread > 0 && { inbox: count(unread) }),
  };
  const retry = (): void => void disableNetwork(db).then(() => enableNetwork(db));
  const { view } = route;
  const files = { pipeline, live: live.uploads, transfers };
  const others = { open: live.openAlerts, others: live.otherAlerts };
  // The same element as before is not drawn again: a change of one part leaves the others alone.
  const windows = useMemo(() => <Windows live={live.panes} />, [live.panes]);
  const alertList = useMemo(
    () => <Alerts open={live.openAlerts} others={live.otherAlerts} most={20} />,
    [live.openAlerts, live.otherAlerts],
  );
  const events = useMemo(() => <Events live={live.events} />, [live.events]);
  const world = useMemo(
    () => <World places={placesOf([...rowsOf(live.events), ...rowsOf(live.entities)])} />,
    [live.events, live.entities],
  );
  return (
    <div class="app">
      <a class="skip" href="#main">
        Skip to the results
      </a>
      <Rail pipeline={pipeline} view={view} counts={counts} email={email} {...rest} />
      <main id="main" tabIndex={-1}>
        <header class="top">
          <div class="top-title">
            <h1>{TITLES[view]}</h1>
            {description && <p class="quiet">{description}</p>}
          </div>
          <LinkPill link={link} />
          <label class="switcher">
            <span class="sr-only">Pipeline</span>
            <select
              value={pipeline}
              onChange={event => {
                location.hash = linkTo(event.currentTarget.value, view);
              }}
            >
              {pipelines.map(name => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        </header>
        <LostBanner link={link} onRetry={retry} />
        {view === 'overview' && (
          <div class="grid">
            <Uploads {...files} most={2} />
            {windows}
            {alertList}
            {world}
            {events}
          </div>
        )}
        {view === 'files' && (
          <div class="column">
            <Uploads
              {...files}
              most={20}
              onOpen={one => setOpened(opened?.id === one.id ? undefined : one)}
              opened={opened?.id}
            />
            {opened && (
              <Rejects
                key={opened.id}
                upload={current(opened, live.uploads)}
                onClose={() => setOpened(undefined)}
              />
            )}
          </div>
        )}
        {view === 'alerts' && (
          <div class="column">
            <Alerts {...others} most={50} class="full" />
          </div>
        )}
        {view === 'inbox' && (
          <div class="column">
            <Inbox live={live.messages} pipeline={pipeline} />
          </div>
        )}
        <footer class="foot">
          {settings.project} · {plural(pipelines.length, 'pipeline')}
        </footer>
      </main>
    </div>
  );
}

function useLive(pipeline: string, uid: string) {
  const of = (name: 'uploads' | 'events' | 'entities' | 'panes' | 'openAlerts' | 'otherAlerts'): Live =>
    useQuery(`${name}/${pipeline}`, db => queries[name](db, pipeline));
  return {
    uploads: of('uploads'),
    events: of('events'),
    entities: of('entities'),
    panes: of('panes'),
    openAlerts: of('openAlerts'),
    otherAlerts: of('otherAlerts'),
    messages: useQuery(`messages/${uid}`, db => queries.messages(db, uid)),
  };
}

const rowsOf = (live: Live) => (live.state === 'ready' ? live.rows : []);

/** The upload as its document says it now. */
function current(upload: UploadView, live: Live): UploadView {
  const row = rowsOf(live).find(({ id }) => id === upload.id);
  return row ? uploadOf(row) : upload;
}
