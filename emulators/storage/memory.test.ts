import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, it, onTestFinished } from 'vitest';
import { forkStorage } from './testing-child.ts';

const MIB = 2 ** 20;

function* blocks(size: number) {
  const block = Buffer.alloc(MIB / 4);
  for (let sent = 0; sent < size; sent += block.length) yield block;
}

/** Up and down again; resolves to the bytes that came back. */
async function roundTrip(port: number, size: number): Promise<number> {
  const path = '/upload/storage/v1/b/uploads/o?uploadType=media&name=big';
  await new Promise((resolve, reject) => {
    const req = request({ port, method: 'POST', path }, response => response.resume().on('end', resolve));
    pipeline(Readable.from(blocks(size)), req).catch(reject);
  });
  const { body } = await fetch(`http://127.0.0.1:${port}/uploads/big`);
  let bytes = 0;
  for await (const chunk of body!) bytes += chunk.length;
  return bytes;
}

it('memory does not grow with the size of an object: 128 MiB take hardly more than 32', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'storage-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const { port, peak } = await forkStorage(dir);
  // Fills what the runtime keeps for buffers anyhow.
  await roundTrip(port, 32 * MIB);
  const before = await peak();
  expect(await roundTrip(port, 128 * MIB)).toBe(128 * MIB);
  expect((await peak()) - before).toBeLessThan(48 * MIB);
});
