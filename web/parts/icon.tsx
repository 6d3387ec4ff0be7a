import type { JSX } from 'preact';

/** Strokes on a grid of 24. */
const PATHS = {
  overview: 'M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z',
  files: 'M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5',
  alerts: 'M12 4 2.8 19.5h18.4zM12 10v4.5M12 17.2v.1',
  inbox: 'M3.5 13 6 5h12l2.5 8v6h-17zM3.5 13H9l1.5 2.5h3L15 13h5.5',
  upload: 'M12 16V4M7 9l5-5 5 5M4 16v4h16v-4',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.6v.1',
  warning: 'M12 4 2.8 19.5h18.4zM12 10v4.5M12 17.2v.1',
  critical: 'M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3zM12 7.5v5.5M12 16.3v.1',
  light:
    'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M4.5 12h-2M21.5 12h-2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4',
  dark: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
  system: 'M4 5h16v11H4zM9 20h6M12 16v4',
  out: 'M10 4H5v16h5M15 8l4 4-4 4M19 12H9',
  left: 'm14.5 6-6 6 6 6',
  right: 'm9.5 6 6 6-6 6',
  pause: 'M9 5.5v13M15 5.5v13',
  lost: 'M3 8.5a14 14 0 0 1 18 0M6.5 12.5a9 9 0 0 1 11 0M12 18.5v.1M4 4l16 16',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  close: 'm6 6 12 12M18 6 6 18',
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside a word that says the same; nothing to read aloud. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
