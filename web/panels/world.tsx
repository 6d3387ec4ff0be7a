import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { remembered } from '../data/remembered.ts';
import { plural } from '../model/format.ts';
import { type Place, radiusOf } from '../model/places.ts';
import { Panel } from '../parts/panel.tsx';
import { Empty } from '../parts/states.tsx';
import { When } from '../parts/time.tsx';

type Earth = typeof import('./earth.ts');
const STRONGEST = 4;

/** Records on a map: circles by size, new ones with a ring that fades. */
export function World({ places }: { readonly places: readonly Place[] }): JSX.Element {
  const earth = useEarth();
  const isFresh = useFresh(places);
  const drawn = useMemo(
    () =>
      remembered((place: Place) => (
        <Point key={place.id} earth={earth!} place={place} fresh={isFresh(place)} />
      )),
    [earth, isFresh],
  );
  const strongest = places.slice(-STRONGEST).reverse();
  return (
    <Panel
      title="Map"
      class="world"
      note={places.length > 0 && `${plural(places.length, 'place')}, a sample and the last of each key`}
    >
      {places.length === 0 ? (
        <Empty icon="overview" title="No places yet">
          Records with a position are drawn here as they come.
        </Empty>
      ) : (
        <div class="map">
          {earth && (
            <div class="layers">
              <Base earth={earth} />
              <svg
                class="points"
                viewBox={`0 0 ${earth.WIDTH} ${earth.HEIGHT}`}
                role="img"
                aria-label={labelOf(places)}
              >
                {places.map(drawn)}
              </svg>
            </div>
          )}
          <ol class="strongest" aria-label="The largest">
            {strongest.map(place => (
              <li key={place.id}>
                <span class="value">{place.size ?? '–'}</span>
                <span class="strongest-label" title={place.label}>
                  {place.label}
                </span>
                <When time={place.time} />
              </li>
            ))}
          </ol>
        </div>
      )}
    </Panel>
  );
}

/** What never changes, on a layer of its own: it is painted once. */
function Base({ earth }: { readonly earth: Earth }): JSX.Element {
  return (
    <svg viewBox={`0 0 ${earth.WIDTH} ${earth.HEIGHT}`} aria-hidden="true">
      <path class="sphere" d={earth.SPHERE} />
      <path class="graticule" d={earth.GRATICULE} />
      <path class="land" d={earth.LAND} />
      <path class="borders" d={earth.BORDERS} />
    </svg>
  );
}

function Point({
  earth,
  place,
  fresh,
}: {
  readonly earth: Earth;
  readonly place: Place;
  readonly fresh: boolean;
}): JSX.Element {
  const [x, y] = earth.project(place.longitude, place.latitude);
  const radius = radiusOf(place.size);
  return (
    <g transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`}>
      {fresh && <circle class="pulse" r={radius + 4} />}
      <circle class={`point ${(place.size ?? 0) >= 5 ? 'strong' : ''}`} r={radius}>
        <title>{`${place.size ?? ''} ${place.label}`.trim()}</title>
      </circle>
    </g>
  );
}

function labelOf(places: readonly Place[]): string {
  const largest = places.at(-1);
  return `A map of the Earth with ${plural(places.length, 'place')}; the largest: ${largest?.size ?? ''} ${largest?.label ?? ''}`;
}

/** The map is as large as the rest of the page: it comes when it is wanted. */
function useEarth(): Earth | undefined {
  const [earth, setEarth] = useState<Earth>();
  useEffect(() => {
    void import('./earth.ts').then(setEarth);
  }, []);
  return earth;
}

/** Between two rings, ms: in a burst they would say nothing, and cost most of what is painted. */
const APART = 250;

/** Whether a place has come since the first were shown, and is to be pointed out. */
function useFresh(places: readonly Place[]): (place: Place) => boolean {
  const first = useRef<ReadonlySet<string> | undefined>(undefined);
  if (!first.current && places.length > 0) first.current = new Set(places.map(({ id }) => id));
  const last = useRef(0);
  return useCallback(({ id }: Place) => {
    const now = performance.now();
    if (first.current?.has(id) || now - last.current < APART) return false;
    last.current = now;
    return true;
  }, []);
}
