import { deleteDoc, doc, serverTimestamp, setDoc, updateDoc } from 'firebase/firestore';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Problem, problemOf } from '../data/problems.ts';
import { queries } from '../data/queries.ts';
import { useServices } from '../data/services.ts';
import { type Live, useQuery } from '../data/use-query.ts';
import { messageOf } from '../model/messages.ts';
import { text } from '../model/read.ts';
import { SeverityBadge } from '../parts/badge.tsx';
import { List } from '../parts/list.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty, Failure, Shown } from '../parts/states.tsx';
import { Ago, useNow } from '../parts/time.tsx';

/** What the user has been told, and whether to be told of this pipeline's alerts. */
export function Inbox({ live, pipeline }: { readonly live: Live; readonly pipeline: string }): JSX.Element {
  const { db, uid } = useServices();
  const now = useNow();
  const [problem, setProblem] = useState<Problem | undefined>();
  const tell = (error: unknown): void => setProblem(problemOf(error));
  return (
    <Panel
      title="Messages"
      class="inbox"
      note="for you alone"
      actions={<Subscribe pipeline={pipeline} onProblem={tell} />}
    >
      {problem && <Failure problem={problem} />}
      <Shown
        live={live}
        empty={
          <Empty icon="inbox" title="No messages">
            Once you are told of alerts, they come here too.
          </Empty>
        }
      >
        {rows => (
          <List label="Messages">
            {rows.map(messageOf).map(({ id, title, severity, pipeline: from, at, unread, escalated }) => (
              <li key={id} class={`row message ${unread ? 'unread' : ''}`}>
                <SeverityBadge severity={severity} />
                <div class="message-text">
                  <strong>{title}</strong>
                  <span class="quiet">
                    {from}
                    {escalated && ' · has risen'}
                  </span>
                </div>
                <Ago time={at} now={now} />
                {unread && (
                  <button
                    type="button"
                    class="button small"
                    aria-label={`Mark as read: ${title}`}
                    onClick={() => {
                      updateDoc(doc(db, `inbox/${uid}/messages/${id}`), { readAt: serverTimestamp() }).catch(
                        tell,
                      );
                    }}
                  >
                    Read
                  </button>
                )}
              </li>
            ))}
          </List>
        )}
      </Shown>
    </Panel>
  );
}

const EVERY = '*';

/** Tells the user of this pipeline's alerts, or no longer. */
function Subscribe({
  pipeline,
  onProblem,
}: {
  readonly pipeline: string;
  readonly onProblem: (error: unknown) => void;
}): JSX.Element | null {
  const { db, uid } = useServices();
  const live = useQuery(`subscriptions/${uid}`, store => queries.subscriptions(store, uid));
  if (live.state !== 'ready') return null;
  const pipelines = live.rows.map(({ data }) => text(data['pipeline']));
  if (pipelines.includes(EVERY)) return <span class="note">told of every pipeline</span>;
  const mine = live.rows.filter(({ data }) => data['pipeline'] === pipeline);
  const toggle = async (): Promise<void> => {
    if (mine.length > 0) await Promise.all(mine.map(({ id }) => deleteDoc(doc(db, 'subscriptions', id))));
    else await setDoc(doc(db, 'subscriptions', `${uid}-${pipeline}`), { uid, pipeline, via: ['inbox'] });
  };
  return (
    <button
      type="button"
      class="button small"
      aria-pressed={mine.length > 0}
      onClick={() => toggle().catch(onProblem)}
    >
      {mine.length > 0 ? `Told of ${pipeline}` : `Tell me of ${pipeline}`}
    </button>
  );
}
