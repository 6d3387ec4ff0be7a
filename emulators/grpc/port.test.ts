import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Emulator } from '../emulator.ts';
import { listenToBoth } from './port.ts';
import { newServer } from './server.ts';

let emulator: Emulator;
const gone: string[] = [];
beforeAll(async () => {
  const http = createServer((req, res) => res.end(`${req.method} ${req.url}`));
  emulator = await listenToBoth(newServer(), http, 0, peer => gone.push(peer));
});
afterAll(() => emulator.stop());

/** Sends the pieces one by one; resolves with the first bytes of the answer. */
function answer(pieces: readonly string[]): Promise<{ bytes: Buffer; peer: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(emulator.port, '127.0.0.1');
    socket.setNoDelay(true);
    const peer = (): string => `127.0.0.1:${socket.localPort}`;
    socket.on('error', reject);
    socket.once('data', bytes => {
      resolve({ bytes, peer: peer() });
      socket.destroy();
    });
    const send = ([piece, ...rest]: readonly string[]): void => {
      if (piece !== undefined) socket.write(piece, () => setTimeout(() => send(rest), 5));
    };
    socket.once('connect', () => send(pieces));
  });
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** An empty SETTINGS frame, with which both ends begin. */
const SETTINGS = '\0\0\0\x04\0\0\0\0\0';

test.each([
  ['at once', [`${PREFACE}${SETTINGS}`]],
  ['byte by byte', [...PREFACE.slice(0, 6), PREFACE.slice(6), SETTINGS]],
])('HTTP/2 that comes %s gets HTTP/2', async (_, pieces) => {
  const { bytes } = await answer(pieces);
  expect(bytes[3]).toBe(SETTINGS.charCodeAt(3));
});

test.each([
  ['at once', ['POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n']],
  ['byte by byte', [...'PUT /a', ' HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n']],
])('HTTP/1 that comes %s gets HTTP/1', async (_, pieces) => {
  const { bytes } = await answer(pieces);
  expect(bytes.toString()).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(bytes.toString()).toContain(' /a');
});

test('a connection that closes is told of by its name', async () => {
  const { peer } = await answer(['GET / HTTP/1.1\r\nhost: x\r\n\r\n']);
  await expect.poll(() => gone, { timeout: 20_000 }).toContain(peer);
});
