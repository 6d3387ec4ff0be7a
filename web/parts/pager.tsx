import type { JSX } from 'preact';
import { Icon } from './icon.tsx';

/** From page to page; nothing where there is only one. */
export function Pager({
  page,
  pages,
  onPage,
}: {
  readonly page: number;
  readonly pages: number;
  readonly onPage: (page: number) => void;
}): JSX.Element | null {
  if (pages === 1) return null;
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" class="button small" disabled={page === 0} onClick={() => onPage(page - 1)}>
        <Icon name="left" />
        Back
      </button>
      <span class="note">
        Page {page + 1} of {pages}
      </span>
      <button
        type="button"
        class="button small"
        disabled={page === pages - 1}
        onClick={() => onPage(page + 1)}
      >
        Next
        <Icon name="right" />
      </button>
    </nav>
  );
}
