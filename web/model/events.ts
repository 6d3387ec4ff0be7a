import type { Row } from '../data/listen.ts';
import { at, map, millis, number, text } from './read.ts';

export interface EventView {
  readonly id: string;
  readonly key: string;
  readonly summary: string;
  /** When it happened, and when it came in (ms). */
  readonly time: number | undefined;
  readonly at: number | undefined;
  /** What stands out of it, such as a magnitude. */
  readonly value: string | undefined;
}

/** Where records of many kinds say in a line what they are. */
const TITLES = ['properties.place', 'title', 'properties.title', 'message', 'name', 'path', 'description'];
const VALUES: readonly (readonly [path: string, unit: string])[] = [
  ['properties.mag', 'M '],
  ['magnitude', 'M '],
  ['status', ''],
];
const SHOWN_FIELDS = 4;
const LONGEST = 200;

export function eventOf({ id, data }: Row): EventView {
  const record = data['data'];
  return {
    id,
    key: text(data['key']) ?? '–',
    summary: summaryOf(record),
    time: millis(data['time']),
    at: millis(data['at']),
    value: standingOut(record),
  };
}

function standingOut(record: unknown): string | undefined {
  for (const [path, unit] of VALUES) {
    const value = number(at(record, path));
    if (value !== undefined) return `${unit}${value}`;
  }
  return undefined;
}

/** A title where there is one, else the first plain fields. */
export function summaryOf(record: unknown): string {
  for (const path of TITLES) {
    const title = text(at(record, path));
    if (title) return title.slice(0, LONGEST);
  }
  const plain = Object.entries(map(record)).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  const fields = plain.slice(0, SHOWN_FIELDS).map(([name, value]) => `${name} ${value}`);
  return fields.join(' · ').slice(0, LONGEST) || 'A record without plain fields';
}
