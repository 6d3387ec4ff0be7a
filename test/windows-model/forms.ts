import type { WindowSpec } from '../../shared/pipelines/pipeline.ts';

/** Kinds of windows that a scenario is about. */
export const KINDS = ['tumbling', 'sliding', 'session', 'discarding', 'global'] as const;
export type Kind = (typeof KINDS)[number];

export type Form = Omit<WindowSpec, 'lateness' | 'retention' | 'lanes' | 'key' | 'values'>;

/** Windows by their names; lengths in seconds. */
export const FORMS: readonly Form[] = [
  { name: 'short', size: 10 },
  { name: 'long', size: 25 },
  { name: 'even', kind: 'sliding', size: 12, slide: 4 },
  // Slices of two seconds, of which a window has five; every second one begins a window.
  { name: 'uneven', kind: 'sliding', size: 10, slide: 4, early: { every: 60 } },
  { name: 'visits', kind: 'session', size: 6 },
  { name: 'brief', kind: 'session', size: 2 },
  { name: 'fresh', size: 10, panes: 'discarding' },
  { name: 'freshly', size: 25, panes: 'discarding', early: { count: 3 } },
  { name: 'ever', kind: 'global', size: 0, early: { every: 60 } },
  { name: 'news', kind: 'global', size: 0, early: { every: 60, count: 2 }, panes: 'discarding' },
];

export function formsOf(kind: Kind): readonly Form[] {
  return FORMS.filter(({ kind: form, panes }) => (form ?? (panes ? 'discarding' : 'tumbling')) === kind);
}

export function formOf(name: string): Form {
  return FORMS.find(form => form.name === name)!;
}
