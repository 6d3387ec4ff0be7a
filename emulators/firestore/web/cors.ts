import type { IncomingMessage, ServerResponse } from 'node:http';

const METHODS = 'DELETE,GET,HEAD,PATCH,POST,PUT';
const EXPOSED = 'x-client-wire-protocol, x-http-session-id, x-http-initial-response';
const AGE_SECONDS = 3600;

/** Any page may ask: browsers send credentials along, so its origin is named rather than `*`. */
export function allowOrigin(req: IncomingMessage, res: ServerResponse): void {
  const { origin } = req.headers;
  if (!origin) return;
  res.setHeader('access-control-allow-origin', origin);
  res.setHeader('access-control-allow-credentials', 'true');
  res.setHeader('access-control-expose-headers', EXPOSED);
  res.setHeader('vary', 'origin');
}

/** The answer to a browser that asks whether it may. */
export function preflight(req: IncomingMessage, res: ServerResponse): void {
  const headers = req.headers['access-control-request-headers'];
  res.setHeader('access-control-allow-methods', METHODS);
  if (headers) res.setHeader('access-control-allow-headers', headers);
  res.setHeader('access-control-max-age', AGE_SECONDS);
  if (req.headers['access-control-request-private-network'])
    res.setHeader('access-control-allow-private-network', 'true');
  res.writeHead(204).end();
}
