import { parseDuration } from '../duration/duration.ts';
import { numbersOf } from '../streams/aggregations/fields.ts';
import { shareOf } from '../streams/aggregations/quantiles.ts';
import type { Aggregation } from '../streams/aggregations/spec.ts';
import { isText, listOf, mapOf, type Unchecked } from './fault.ts';
import { parsePath } from './path.ts';
import type { MeasureSpec, Numbered } from './pipeline.ts';
import type { MeasureSource } from './source.ts';

/** The forms of a measure in a pipeline's file: what may stand beside the key that says what is computed. */
export const MEASURES: Readonly<Record<Exclude<Aggregation['of'], 'statistics'>, readonly string[]>> = {
  variance: [],
  first: [],
  last: [],
  distinct: [],
  quantiles: ['at'],
  top: ['most'],
  decay: ['half-life'],
  histogram: ['bounds'],
  rate: ['per'],
};

export type MeasureForm = keyof typeof MEASURES;

export const FORMS = Object.keys(MEASURES) as MeasureForm[];

const DEFAULTS = { at: ['p50', 'p90', 'p95', 'p99'], most: 10, 'half-life': '1h', per: '1s' } as const;

/** @param source checked already */
export function measureSpec(source: MeasureSource): MeasureSpec {
  const form = FORMS.find(one => source[one] !== undefined)!;
  const value = source[form];
  return { ...aggregationOf(form, source), ...(isText(value) && { path: parsePath(value) }) };
}

function aggregationOf(form: MeasureForm, source: MeasureSource): Aggregation {
  switch (form) {
    case 'quantiles': {
      const shares = new Set((source.at ?? DEFAULTS.at).map(shareOf));
      return { of: form, at: [...shares].sort((a, b) => a - b) };
    }
    case 'top':
      return { of: form, most: source.most ?? DEFAULTS.most };
    case 'decay':
      return { of: form, halfLife: parseDuration(source['half-life'] ?? DEFAULTS['half-life']) };
    case 'histogram':
      return { of: form, bounds: source.bounds ?? [] };
    case 'rate':
      return { of: form, per: parseDuration(source.per ?? DEFAULTS.per) };
    default:
      return { of: form };
  }
}

/** `count`, `share`, or MEASURE.NUMBER. */
export function numberOf(text: string): Numbered {
  const [value = '', number] = text.split('.');
  return (number === undefined ? { of: value } : { of: number, value }) as Numbered;
}

/** What a window's results say about a key besides `count`: each measure with its aggregation, as far as the file is sound. */
export function measuredOf(window: Unchecked): Map<string, Aggregation> {
  const measured = new Map<string, Aggregation>();
  for (const name of Object.keys(mapOf(window['values']))) measured.set(name, { of: 'statistics' });
  for (const [name, value] of Object.entries(mapOf(window['measures']))) {
    const source = mapOf(value);
    const form = FORMS.find(one => Object.hasOwn(source, one));
    if (form === 'quantiles') {
      const names = listOf(source['at'] ?? DEFAULTS.at).filter(isText);
      measured.set(name, { of: form, at: names.map(shareOf) });
    } else if (form) measured.set(name, { of: form } as Aggregation);
  }
  return measured;
}

/** What a level may be judged by, or keys ranked by: `spent.mean`, `latency.p99`. */
export function numbersIn(window: Unchecked): string[] {
  return [...measuredOf(window)].flatMap(([name, aggregation]) =>
    numbersOf(aggregation)
      .filter(field => field !== 'count' && field !== 'missing')
      .map(field => `${name}.${field}`),
  );
}
