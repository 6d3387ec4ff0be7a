import type { EventRule } from '../../shared/pipelines/pipeline.ts';

export const COMPARE: Readonly<Record<EventRule['operator'], (value: number, threshold: number) => boolean>> =
  {
    'at-least': (value, threshold) => value >= threshold,
    'more-than': (value, threshold) => value > threshold,
    'at-most': (value, threshold) => value <= threshold,
    'less-than': (value, threshold) => value < threshold,
    equals: (value, threshold) => value === threshold,
  };
