import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { listenHttp } from '../http.ts';
import { type ConsoleOptions, type ConsoleServer, startConsole } from './console.ts';
import { fingerprint } from './fingerprint.ts';
import { settingsOf } from './settings.ts';

const DEMO = { email: 'demo@example.com', password: 'secret', pipeline: 'a' };
const PORTS = { auth: { port: 1 }, firestore: { port: 2 }, storage: { port: 3 } };
const settings = () => settingsOf('demo-p', [{ name: 'a', description: 'A' }], PORTS, DEMO);

/** A page of a few lines, and a place to build it in. */
const root = mkdtempSync(join(tmpdir(), 'console-'));
const write = (file: string, text: string): void => writeFileSync(join(root, file), text);
beforeAll(() => {
  mkdirSync(join(root, 'web'));
  write('package-lock.json', '{}');
  write('web/vite.config.ts', 'export default { build: { modulePreload: { polyfill: false } } };');
  write('web/index.html', '<!doctype html><title>A</title><script type="module" src="/main.ts"></script>');
  write('web/main.ts', 'document.title = "B";');
});
afterAll(() => rmSync(root, { recursive: true }));

async function started(
  options: Partial<ConsoleOptions> = {},
): Promise<ConsoleServer & { readonly url: string }> {
  const server = await startConsole({ root, cache: join(root, 'cache'), settings, ...options });
  onTestFinished(() => server.stop());
  return { ...server, url: `http://127.0.0.1:${server.port}` };
}

describe('the console', () => {
  test('answers at once, and shows the page as soon as it is built', async () => {
    const { url } = await started();
    const first = await fetch(url);
    expect([first.status, await first.text()]).toEqual([
      503,
      expect.stringContaining('The console is being built'),
    ]);
    await expect.poll(async () => (await fetch(url)).status, { timeout: 30_000, interval: 100 }).toBe(200);
  });

  test('serves what it has built: the page anew each time, its files for ever', async () => {
    const { url, prepare } = await started();
    await prepare();
    const page = await fetch(url);
    const text = await page.text();
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const [, asset] = /src="(\/assets\/[^"]+)"/.exec(text)!;
    const file = await fetch(url + asset);
    expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const head = await fetch(url + asset, { method: 'HEAD' });
    expect([head.headers.get('content-length'), await head.text()]).toEqual([
      String((await file.text()).length),
      '',
    ]);
  });

  test('lets the page run its own scripts, talk to the suite, and nothing else', async () => {
    const { url, prepare } = await started();
    await prepare();
    const { headers } = await fetch(url);
    const policy = headers.get('content-security-policy')!.split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self' http://127.0.0.1:1 http://localhost:2 http://127.0.0.1:3 http://*.localhost:2",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ]),
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(await (await fetch(url)).text()).not.toMatch(/<script(?![^>]* src=)/);
  });

  test('tells the page where it runs', async () => {
    const { url } = await started();
    const response = await fetch(`${url}/config.json`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      project: 'demo-p',
      apiKey: 'local',
      uploadUrl: '/upload-url',
      pipelines: [{ name: 'a', description: 'A' }],
      emulators: {
        auth: 'http://127.0.0.1:1',
        firestore: 'http://localhost:2',
        storage: 'http://127.0.0.1:3',
      },
      demo: DEMO,
    });
  });

  test.each([
    '/../package-lock.json',
    '/%2e%2e/package-lock.json',
    '/..%2fpackage-lock.json',
    '/web/main.ts',
    '//x',
    '//',
    'http://a:b/',
  ])('has nothing at %s', async path => {
    const { port, prepare } = await started();
    await prepare();
    // Below fetch, which would tidy the path up.
    const answer = await new Promise<string>(resolve => {
      const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.0\r\n\r\n`));
      socket.on('data', data => resolve(data.toString()));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('is only read', async () => {
    const { url } = await started();
    const response = await fetch(url, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('says what is wrong with a page that cannot be built, and tries again', async () => {
    const cache = join(root, 'cache-2');
    write('web/main.ts', 'import "./<nowhere>.ts";');
    const { url, prepare } = await started({ cache });
    await expect(prepare()).rejects.toThrow('nowhere');
    expect(await (await fetch(url)).text()).toMatch(/could not be built.*&#60;nowhere/s);
    write('web/main.ts', 'document.title = "C";');
    await prepare();
    expect((await fetch(url)).status).toBe(200);
  });
});

describe('a request for an upload', () => {
  const ask = (url: string, body: string, method = 'POST') =>
    fetch(`${url}/upload-url`, {
      method,
      headers: { authorization: 'Bearer x', 'content-type': 'application/json', cookie: 'a=b' },
      ...(method === 'POST' && { body }),
    });

  test('is handed on to the step, as is its answer', async () => {
    const seen: unknown[] = [];
    const server = createServer(async (request, response) => {
      const { authorization, 'content-type': type, cookie } = request.headers;
      seen.push({ method: request.method, authorization, type, cookie });
      response.writeHead(403).end('{"error":"no"}');
    });
    const step = await listenHttp(server, 0);
    onTestFinished(() => step.stop());
    const { url } = await started({ uploads: () => new URL(`http://127.0.0.1:${step.port}/upload-url`) });
    const response = await ask(url, '{}');
    expect([response.status, await response.json()]).toEqual([403, { error: 'no' }]);
    expect(seen).toEqual([
      { method: 'POST', authorization: 'Bearer x', type: 'application/json', cookie: undefined },
    ]);
  });

  test.each([
    [503, 'still starting', undefined, '{}', 'POST'],
    [502, 'does not answer', new URL('http://127.0.0.1:1/'), '{}', 'POST'],
    [413, 'more than 65536 bytes', new URL('http://127.0.0.1:1/'), ' '.repeat(70_000), 'POST'],
    [405, 'by POST', undefined, '', 'GET'],
  ])('is answered by %i where it is %s', async (status, words, step, body, method) => {
    const { url } = await started({ uploads: () => step });
    const response = await ask(url, body, method);
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(words)]);
  });
});

test('another source is another page, another test is not', () => {
  const before = fingerprint(root);
  write('web/a.test.ts', '');
  expect(fingerprint(root)).toBe(before);
  write('web/a.css', 'a {}');
  expect(fingerprint(root)).not.toBe(before);
});
