import type { ComponentChildren, JSX } from 'preact';
import type { Row } from '../data/listen.ts';
import type { Problem } from '../data/problems.ts';
import type { Live } from '../data/use-query.ts';
import { Icon, type IconName } from './icon.tsx';

/** What is shown where there is nothing yet: that it is so, and what would change it. */
export function Empty({
  icon,
  title,
  children,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} />
      </span>
      <p class="empty-title">{title}</p>
      {children && <p class="empty-help">{children}</p>}
    </div>
  );
}

/** What went wrong and what to do. */
export function Failed({
  problem,
  retry,
}: {
  readonly problem: Problem;
  readonly retry?: () => void;
}): JSX.Element {
  return (
    <div class="empty" role="alert">
      <span class="empty-icon bad">
        <Icon name="lock" />
      </span>
      <p class="empty-title">{problem.title}</p>
      <p class="empty-help">{problem.help}</p>
      {retry && (
        <button type="button" class="button small" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** A line above the content: what somebody tried did not work, the rest does. */
export function Failure({
  problem,
  what,
}: {
  readonly problem: Problem;
  /** What was tried, where it is not plain. */
  readonly what?: string;
}): JSX.Element {
  return (
    <div class="notice bad" role="alert">
      <Icon name="warning" />
      <p>
        <strong>
          {what && `${what}: `}
          {problem.title}.
        </strong>{' '}
        {problem.help}
      </p>
    </div>
  );
}

const WIDTHS = ['w-70', 'w-90', 'w-60', 'w-80', 'w-50'];

/** Lines that hold the place of what comes. */
export function Skeleton({ lines = 5 }: { readonly lines?: number }): JSX.Element {
  return (
    <div class="skeleton" aria-busy="true">
      <span class="sr-only">Loading</span>
      {Array.from({ length: lines }, (_, at) => (
        <span key={at} class={`bone ${WIDTHS[at % WIDTHS.length]}`} />
      ))}
    </div>
  );
}

/** Rows of a listener, or what stands in their place. */
export function Shown({
  live,
  empty,
  children,
  lines,
}: {
  readonly live: Live;
  readonly empty: ComponentChildren;
  readonly lines?: number;
  readonly children: (rows: readonly Row[]) => ComponentChildren;
}): JSX.Element {
  if (live.state === 'loading') return <Skeleton {...(lines && { lines })} />;
  if (live.state === 'failed') return <Failed problem={live.problem} retry={live.retry} />;
  return <>{live.rows.length === 0 ? empty : children(live.rows)}</>;
}
