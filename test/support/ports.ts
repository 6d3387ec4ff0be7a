import { createServer } from 'node:net';

/** A base whose ports, at these offsets, nobody listens on now. */
export async function freeBase(offsets: readonly number[]): Promise<number> {
  for (;;) {
    const candidate = 10_000 + Math.floor(Math.random() * 20_000);
    const ports = await Promise.all(offsets.map(offset => free(candidate + offset)));
    if (ports.every(Boolean)) return candidate;
  }
}

/** Whether nobody listens on a port. */
export async function free(port: number): Promise<boolean> {
  const server = createServer();
  const bound = await new Promise<boolean>(settle => {
    server.once('error', () => settle(false)).listen(port, '127.0.0.1', () => settle(true));
  });
  if (bound) await new Promise(closed => server.close(closed));
  return bound;
}
