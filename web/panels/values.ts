import { count, measured } from '../model/format.ts';
import type { Shown } from '../model/series.ts';

export function valueText(value: number | null | undefined, shown: Shown): string {
  if (value === null || value === undefined) return '–';
  return shown.of === 'events' ? count(value) : measured(value);
}

export const nameOf = (shown: Shown): string =>
  shown.of === 'events' ? 'Events' : `${shown.statistic} of ${shown.measure}`;
