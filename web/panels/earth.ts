import { geoEqualEarth, geoGraticule10, geoPath } from 'd3-geo';
import { feature, mesh } from 'topojson-client';
import type { Topology } from 'topojson-specification';
import world from 'world-atlas/countries-110m.json';

export const WIDTH = 960;
export const HEIGHT = 468;

const topology = world as unknown as Topology;
const projection = geoEqualEarth().fitExtent(
  [
    [4, 4],
    [WIDTH - 4, HEIGHT - 4],
  ],
  { type: 'Sphere' },
);
const path = geoPath(projection);

/** The map, as paths: nothing of it is loaded from anywhere. */
export const SPHERE = path({ type: 'Sphere' }) ?? '';
export const GRATICULE = path(geoGraticule10()) ?? '';
export const LAND = path(feature(topology, topology.objects['land']!)) ?? '';
export const BORDERS = path(mesh(topology, topology.objects['countries'] as never, (a, b) => a !== b)) ?? '';

/** Where a place lies on the map. */
export function project(longitude: number, latitude: number): readonly [x: number, y: number] {
  return projection([longitude, latitude]) ?? [0, 0];
}
