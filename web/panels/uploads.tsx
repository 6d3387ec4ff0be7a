import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Live } from '../data/use-query.ts';
import { bytes, count, plural } from '../model/format.ts';
import { STATE_WORDS, type UploadView, uploadOf } from '../model/uploads.ts';
import { Icon } from '../parts/icon.tsx';
import { Panel } from '../parts/panel.tsx';
import { Failed, Skeleton } from '../parts/states.tsx';
import { Ago, useNow } from '../parts/time.tsx';
import { Drop } from '../upload/drop.tsx';
import type { Transfer, Transfers } from '../upload/transfers.ts';

export interface UploadsProps {
  readonly pipeline: string;
  readonly live: Live;
  readonly transfers: readonly [readonly Transfer[], Transfers];
  readonly most: number;
  readonly onOpen?: (upload: UploadView) => void;
  readonly opened?: string | undefined;
}

export function Uploads({
  pipeline,
  live,
  transfers: [sending, transfers],
  most,
  onOpen,
  opened,
}: UploadsProps): JSX.Element {
  const now = useNow();
  const uploads = live.state === 'ready' ? live.rows.map(uploadOf) : [];
  useEffect(() => transfers.handOver(uploads));
  const mine = sending.filter(transfer => transfer.pipeline === pipeline);
  const none = live.state === 'ready' && uploads.length + mine.length === 0;
  return (
    <Panel title="Uploads" note={uploads.length > 0 && plural(uploads.length, 'file')} class="uploads">
      <Drop
        pipeline={pipeline}
        large={none}
        onFiles={files => {
          for (const file of files) transfers.start(pipeline, file);
        }}
      />
      {live.state === 'loading' && <Skeleton lines={2} />}
      {live.state === 'failed' && <Failed problem={live.problem} retry={live.retry} />}
      <ul class="rows">
        {mine.map(transfer => (
          <SendingRow
            key={`t${transfer.id}`}
            transfer={transfer}
            onDismiss={() => transfers.dismiss(transfer.id)}
          />
        ))}
        {uploads.slice(0, most).map(upload => (
          <UploadRow key={upload.id} upload={upload} now={now} onOpen={onOpen} open={opened === upload.id} />
        ))}
      </ul>
    </Panel>
  );
}

function SendingRow({
  transfer,
  onDismiss,
}: {
  readonly transfer: Transfer;
  readonly onDismiss: () => void;
}): JSX.Element {
  const { name, size, sent, state, problem } = transfer;
  const part = size === 0 ? 1 : sent / size;
  return (
    <li class="row upload">
      <Icon name={problem ? 'warning' : 'upload'} />
      <div class="upload-name">
        <strong>{name}</strong>
        <span class="quiet">
          {problem ? `${problem.title}. ${problem.help}` : `${bytes(sent)} of ${bytes(size)}`}
        </span>
      </div>
      <span class={`status ${state === 'failed' ? 'bad' : 'busy'}`}>
        {{ sending: 'Sending', sent: 'Waiting for its turn', failed: 'Not sent' }[state]}
      </span>
      <button
        type="button"
        class="button icon-only small"
        aria-label={state === 'failed' ? `Dismiss ${name}` : `Cancel ${name}`}
        onClick={onDismiss}
      >
        <Icon name="close" />
      </button>
      {state !== 'failed' && <Bar part={part} label={`${name} sent`} />}
    </li>
  );
}

function UploadRow({
  upload,
  now,
  onOpen,
  open,
}: {
  readonly upload: UploadView;
  readonly now: number;
  readonly onOpen: ((upload: UploadView) => void) | undefined;
  readonly open: boolean;
}): JSX.Element {
  const { name, state, size, records, accepted, rejected, late, repeated, error, changedAt } = upload;
  const tone = state === 'failed' ? 'bad' : state === 'done' ? 'good' : 'busy';
  const counts = [
    [accepted, 'accepted'],
    [rejected, 'rejected'],
    [late, 'late'],
    [repeated, 'repeated'],
  ] as const;
  return (
    <li class={`row upload ${open ? 'open' : ''}`} data-upload={upload.id}>
      <Icon name="files" />
      <div class="upload-name">
        <strong>{name}</strong>
        <span class="quiet">
          {error ?? (
            <>
              {plural(records, 'record')} · {bytes(size)}
              {counts.map(([value, word]) =>
                value > 0 && (state === 'done' || word === 'rejected') ? (
                  <span key={word} class={word === 'rejected' ? 'bad-text' : ''}>
                    {' '}
                    · {count(value)} {word}
                  </span>
                ) : null,
              )}
            </>
          )}
        </span>
      </div>
      <Ago time={changedAt} now={now} />
      <span class={`status ${tone}`}>{STATE_WORDS[state]}</span>
      {onOpen && (
        <button type="button" class="button small" aria-expanded={open} onClick={() => onOpen(upload)}>
          Rejects
        </button>
      )}
      {state === 'reading' && <Bar part={upload.progress} label={`${name} read`} />}
      {state === 'read' && <Bar part={undefined} label={`${name} is being counted`} />}
    </li>
  );
}

/** @param part from 0 to 1; undefined when nobody knows how much is left */
function Bar({ part, label }: { readonly part: number | undefined; readonly label: string }): JSX.Element {
  return part === undefined ? (
    <progress class="bar" aria-label={label} />
  ) : (
    <progress class="bar" aria-label={label} max={1} value={part} />
  );
}
