import { useEffect, useState } from 'preact/hooks';

export const VIEWS = ['overview', 'files', 'alerts', 'inbox'] as const;
export type View = (typeof VIEWS)[number];

/** `#/PIPELINE/VIEW`: what is looked at can be linked to. */
export interface Route {
  readonly pipeline: string | undefined;
  readonly view: View;
}

export function routeOf(hash: string): Route {
  const [, pipeline = '', view = ''] = hash.split('/');
  return {
    pipeline: decode(pipeline) || undefined,
    view: VIEWS.find(one => one === view) ?? 'overview',
  };
}

export const linkTo = (pipeline: string, view: View): string => `#/${encodeURIComponent(pipeline)}/${view}`;

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => setHash(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return routeOf(hash);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
