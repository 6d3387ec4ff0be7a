import { doc, serverTimestamp, updateDoc } from 'firebase/firestore';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Problem, problemOf } from '../data/problems.ts';
import { MOST } from '../data/queries.ts';
import { useServices } from '../data/services.ts';
import type { Live } from '../data/use-query.ts';
import { type AlertView, alertsOf } from '../model/alerts.ts';
import { count } from '../model/format.ts';
import { SeverityBadge } from '../parts/badge.tsx';
import { List } from '../parts/list.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty, Failure, Shown } from '../parts/states.tsx';
import { When } from '../parts/time.tsx';
import { leaveButton, nextButton } from './next-button.ts';

interface AlertsProps {
  readonly open: Live;
  readonly others: Live;
  /** Rows drawn at first; more on demand. */
  readonly most: number;
  readonly class?: string;
}

/** Alerts, open ones first, each to be acknowledged. */
export function Alerts({ open, others, most, class: name = '' }: AlertsProps): JSX.Element {
  const { db, uid } = useServices();
  const [drawn, setDrawn] = useState(most);
  const [problem, setProblem] = useState<Problem | undefined>();
  const acknowledge = async (id: string): Promise<void> => {
    setProblem(undefined);
    await updateDoc(doc(db, 'alerts', id), {
      state: 'acknowledged',
      acknowledgedBy: uid,
      acknowledgedAt: serverTimestamp(),
    }).catch((error: unknown) => setProblem(problemOf(error)));
  };
  const opened = open.state === 'ready' ? open.rows.length : 0;
  const both: Live =
    open.state === 'ready' && others.state === 'ready'
      ? { ...open, rows: [...open.rows, ...others.rows] }
      : open.state === 'ready'
        ? others
        : open;
  return (
    <Panel
      title="Alerts"
      class={`alerts ${name}`}
      note={
        open.state === 'ready' && (
          <span data-testid="open-alerts">
            {count(opened)}
            {opened >= MOST.openAlerts && '+'} open
          </span>
        )
      }
    >
      {problem && <Failure problem={problem} what="Not acknowledged" />}
      <Shown
        live={both}
        lines={6}
        empty={
          <Empty icon="check" title="No alerts">
            Nothing has met a rule of this pipeline. Rules stand in its YAML file.
          </Empty>
        }
      >
        {rows => {
          const alerts = alertsOf(rows);
          return (
            <>
              <List label="Alerts" onKeyDown={nextButton}>
                {alerts.slice(0, drawn).map(alert => (
                  <AlertRow
                    key={alert.id}
                    alert={alert}
                    own={alert.acknowledgedBy === uid}
                    onAcknowledge={acknowledge}
                  />
                ))}
              </List>
              {alerts.length > drawn && (
                <div class="more">
                  <button type="button" class="button small" onClick={() => setDrawn(drawn + most)}>
                    Show more of {count(alerts.length)}
                  </button>
                </div>
              )}
            </>
          );
        }}
      </Shown>
    </Panel>
  );
}

function AlertRow({
  alert,
  own,
  onAcknowledge,
}: {
  readonly alert: AlertView;
  readonly own: boolean;
  readonly onAcknowledge: (id: string) => void;
}): JSX.Element {
  const { id, title, severity, state, retracted, rule, key, time, evidence } = alert;
  return (
    <li class={`row alert ${state}`} data-alert={id}>
      <div class="alert-head">
        <SeverityBadge severity={severity} />
        <When time={time} />
      </div>
      <p class="alert-title">{title}</p>
      <p class="quiet">
        {rule} · {key}
        {evidence && ` · ${evidence}`}
      </p>
      <div class="alert-action">
        {state === 'open' ? (
          <button
            type="button"
            class="button small"
            aria-label={`Acknowledge: ${title}`}
            onClick={event => {
              leaveButton(event.currentTarget);
              onAcknowledge(id);
            }}
          >
            Acknowledge
          </button>
        ) : (
          <span class="status good">
            {retracted
              ? 'Retracted'
              : state === 'closed'
                ? 'Closed'
                : own
                  ? 'Acknowledged by you'
                  : 'Acknowledged'}
          </span>
        )}
      </div>
    </li>
  );
}
