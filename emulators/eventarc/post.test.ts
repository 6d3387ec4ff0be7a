import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { type Post, Poster } from './post.ts';

/** A server, and what is needed to post to it. */
async function served(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/step?a=b`);
  const poster = new Poster();
  const post = (more: Partial<Post> = {}) =>
    poster.post({ url, headers: { 'ce-id': '1' }, body: [Buffer.from('data')], timeoutMs: 5000, ...more });
  return {
    server,
    post,
    close: () => poster.close(),
    [Symbol.dispose]: () => {
      poster.close();
      server.close();
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

test('a request arrives as it was sent, in one piece or in many', async () => {
  const seen: unknown[] = [];
  using step = await served(async (request, response) => {
    const { method, url, headers } = request;
    seen.push({
      method,
      url,
      id: headers['ce-id'],
      length: headers['content-length'],
      body: await textOf(request),
    });
    response.writeHead(204).end();
  });
  const large = 'x'.repeat(100_000);
  expect(await step.post()).toEqual({ kind: 'delivered' });
  expect(await step.post({ body: [Buffer.from('{"'), Buffer.from(large), Buffer.from('"}')] })).toEqual({
    kind: 'delivered',
  });
  expect(await step.post({ body: [] })).toEqual({ kind: 'delivered' });
  const common = { method: 'POST', url: '/step?a=b', id: '1' };
  expect(seen).toEqual([
    { ...common, length: '4', body: 'data' },
    { ...common, length: '100004', body: `{"${large}"}` },
    { ...common, length: '0', body: '' },
  ]);
});

test('connections are kept, and each bears one request at a time', async () => {
  let connections = 0;
  let atOnce = 0;
  const waiting: (() => void)[] = [];
  using step = await served((_request, response) => {
    waiting.push(() => response.end('done'));
    if (waiting.length === 10) for (const answer of waiting.splice(0)) answer();
    atOnce = Math.max(atOnce, waiting.length);
  });
  step.server.on('connection', () => connections++);
  for (let round = 0; round < 3; round++) {
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => step.post()));
    expect(outcomes.every(({ kind }) => kind === 'delivered')).toBe(true);
  }
  expect([connections, atOnce]).toEqual([10, 9]);
});

test('what a step says of its failure is told', async () => {
  using step = await served((_request, response) => response.writeHead(503).end('later'));
  expect(await step.post()).toEqual({ kind: 'failed', error: 'HTTP 503: later' });
});

test('a step that ends while it answers, or before, has broken off; the next request goes over a new connection', async () => {
  const cuts = ['', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'];
  using step = await served((request, response) => {
    const cut = cuts.shift();
    if (cut === undefined) response.writeHead(204).end();
    else request.socket.end(cut);
  });
  const broken = { kind: 'broken', error: 'no answer, the connection ended: it was closed' };
  expect([await step.post(), await step.post()]).toEqual([broken, broken]);
  expect(await step.post()).toEqual({ kind: 'delivered' });
});

test('a step that answers too late has failed, and its late answer is nobody’s', async () => {
  let first: (() => void) | undefined;
  using step = await served((_request, response) => {
    if (first) return response.writeHead(500).end();
    first = () => response.writeHead(204).end();
  });
  expect(await step.post({ timeoutMs: 20 })).toEqual({ kind: 'failed', error: 'no answer within 0.02 s' });
  const next = step.post();
  first!();
  expect(await next).toEqual({ kind: 'failed', error: 'HTTP 500' });
});

test('what answers too late is not waited for: its connection ends at once', async () => {
  const ended = Promise.withResolvers<void>();
  using step = await served(request => request.socket.on('close', ended.resolve));
  expect(await step.post({ timeoutMs: 50 })).toMatchObject({ kind: 'failed' });
  await ended.promise;
});

test('an answer may end with its connection', async () => {
  using step = await served(async request => {
    await textOf(request);
    request.socket.end('HTTP/1.1 200 OK\r\n\r\ndone');
  });
  expect(await step.post()).toEqual({ kind: 'delivered' });
});

test('where nobody listens, nobody was reached', async () => {
  using step = await served(() => {});
  step.server.close();
  await once(step.server, 'close');
  expect(await step.post()).toMatchObject({ kind: 'unreachable' });
});

test('what is under way when the router stops is broken off', async () => {
  using step = await served(() => step.close());
  expect(await step.post()).toMatchObject({ kind: 'broken' });
});

test('a header cannot bring others with it', async () => {
  using step = await served(() => {});
  await expect(async () => step.post({ headers: { 'content-type': 'a\r\nce-id: 2' } })).rejects.toThrow(
    /Invalid character/,
  );
});
