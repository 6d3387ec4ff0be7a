import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Link } from '../data/connection.ts';
import { useServices } from '../data/services.ts';
import { ago } from '../model/format.ts';
import { Icon } from '../parts/icon.tsx';
import { useNow } from '../parts/time.tsx';

export function useLink(): Link {
  const { connection } = useServices();
  const [link, setLink] = useState(connection.link);
  useEffect(() => {
    setLink(connection.link);
    return connection.subscribe(setLink);
  }, [connection]);
  return link;
}

const WORDS: Readonly<Record<Link['state'], string>> = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Reconnecting',
};

/** Whether what is shown is of now. */
export function LinkPill({ link }: { readonly link: Link }): JSX.Element {
  return (
    <span class={`pill ${link.state}`} role="status" data-testid="link">
      <span class="dot" />
      {WORDS[link.state]}
    </span>
  );
}

/** Said over the whole page while nothing new can come. */
export function LostBanner({
  link,
  onRetry,
}: {
  readonly link: Link;
  readonly onRetry: () => void;
}): JSX.Element | null {
  const now = useNow();
  if (link.state !== 'lost') return null;
  return (
    <div class="banner" role="alert">
      <Icon name="lost" />
      <p>
        <strong>No connection.</strong> What you see is as it was {ago(link.since, now)}. It is tried again by
        itself; nothing is lost.
      </p>
      <button type="button" class="button small" onClick={onRetry}>
        Try now
      </button>
    </div>
  );
}
