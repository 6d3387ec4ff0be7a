import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { MOST, queries } from '../data/queries.ts';
import { useServices } from '../data/services.ts';
import { useQuery } from '../data/use-query.ts';
import { plural } from '../model/format.ts';
import { lettersOf, pageOf } from '../model/letters.ts';
import type { UploadView } from '../model/uploads.ts';
import { Icon } from '../parts/icon.tsx';
import { Pager } from '../parts/pager.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty, Shown } from '../parts/states.tsx';

const PAGE = 25;

/** What was refused of an upload: the line, why, and how it begins. */
export function Rejects({
  upload,
  onClose,
}: {
  readonly upload: UploadView;
  readonly onClose: () => void;
}): JSX.Element {
  const { operator } = useServices();
  const [at, setAt] = useState(0);
  const live = useQuery(operator ? `letters/${upload.id}` : undefined, db => queries.letters(db, upload.id));
  const note = plural(upload.rejected, 'rejected record');
  return (
    <Panel
      title={`Rejects of ${upload.name}`}
      note={note}
      actions={
        <button type="button" class="button icon-only small" aria-label="Close the rejects" onClick={onClose}>
          <Icon name="close" />
        </button>
      }
    >
      {operator ? (
        <Shown
          live={live}
          empty={
            <Empty icon="check" title="Nothing was rejected">
              Every record of this file fits its pipeline.
            </Empty>
          }
        >
          {rows => {
            const { items, page, pages } = pageOf(lettersOf(rows), at, PAGE);
            return (
              <>
                <ul class="rows rejects">
                  {items.map(letter => (
                    <li key={letter.id} class="row reject">
                      <span class="line">{letter.line === undefined ? '–' : `line ${letter.line}`}</span>
                      <div>
                        <strong>{letter.reason}</strong>
                        <span class="quiet"> in {letter.step}</span>
                        {letter.excerpt && <pre class="excerpt">{letter.excerpt.slice(0, 300)}</pre>}
                      </div>
                    </li>
                  ))}
                </ul>
                <Pager page={page} pages={pages} onPage={setAt} />
                {rows.length >= MOST.letters && (
                  <p class="hint padded">
                    These are the first 1,000. The rest lie in the bucket for rejects.
                  </p>
                )}
              </>
            );
          }}
        </Shown>
      ) : (
        <Empty icon="lock" title={note}>
          Which ones and why, operators can see: records may hold more than results do.
        </Empty>
      )}
    </Panel>
  );
}
