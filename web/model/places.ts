import type { Row } from '../data/listen.ts';
import { remembered } from '../data/remembered.ts';
import { summaryOf } from './events.ts';
import { at, map, millis, number, text } from './read.ts';

/** A record with a place on Earth. */
export interface Place {
  readonly id: string;
  readonly longitude: number;
  readonly latitude: number;
  /** A magnitude or the like; undefined where there is none. */
  readonly size: number | undefined;
  readonly label: string;
  readonly key: string;
  readonly time: number | undefined;
}

const SIZES = ['properties.mag', 'mag', 'magnitude'];

/** The records that have a place, once each; the largest last, so that it is drawn on top. */
export function placesOf(rows: readonly Row[]): Place[] {
  const places = new Map<string, Place>();
  for (const row of rows) {
    const place = placeOf(row);
    // The sample of events and the last known states overlap.
    if (place && !places.has(place.id)) places.set(place.id, place);
  }
  return [...places.values()].sort((a, b) => (a.size ?? 0) - (b.size ?? 0));
}

const placeOf = remembered(({ id, data }: Row): Place | null => {
  const record = data['data'];
  const position = positionOf(record);
  if (!position) return null;
  const [longitude, latitude] = position;
  const time = millis(data['time']);
  return {
    id: `${longitude},${latitude},${time}`,
    longitude,
    latitude,
    size: SIZES.map(path => number(at(record, path))).find(size => size !== undefined),
    label: summaryOf(record),
    key: text(data['key']) ?? id,
    time,
  };
});

type Position = readonly [longitude: number, latitude: number];

/** A GeoJSON point, or latitude and longitude in the record or in what was joined to it. */
function positionOf(record: unknown): Position | undefined {
  const geometry = map(at(record, 'geometry'));
  const { coordinates } = geometry;
  if (Array.isArray(coordinates)) return valid(coordinates[0], coordinates[1]);
  for (const inner of [record, ...Object.values(map(record))]) {
    const found = valid(map(inner)['longitude'], map(inner)['latitude']);
    if (found) return found;
  }
  return undefined;
}

function valid(longitude: unknown, latitude: unknown): Position | undefined {
  const [x, y] = [number(longitude), number(latitude)];
  if (x === undefined || y === undefined || Math.abs(x) > 180 || Math.abs(y) > 90) return undefined;
  return [x, y];
}

const LEAST = 2.5;

/** Radius of a circle in px: a magnitude is a logarithm of energy, so is the area drawn for it. */
export function radiusOf(size: number | undefined): number {
  return size === undefined ? LEAST + 1 : LEAST + Math.max(0, size) ** 1.5 * 0.85;
}
