const POINT = /^\s*POINT\s*\(\s*([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s+([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*\)\s*$/i;

/** A point as the service writes it, `POINT(longitude latitude)`; undefined for any other geography. */
export function parsePoint(text: string): string | undefined {
  const [, longitude, latitude] = POINT.exec(text) ?? [];
  const [x, y] = [Number(longitude), Number(latitude)];
  return Math.abs(x) <= 180 && Math.abs(y) <= 90 ? `POINT(${x} ${y})` : undefined;
}
