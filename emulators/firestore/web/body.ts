import type { IncomingMessage } from 'node:http';

/** The whole body; requests are bounded by what the service itself refuses. */
export async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
