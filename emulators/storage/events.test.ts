import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startStorage } from './storage.ts';
import { fixture } from './testing.ts';
import { forkStorage } from './testing-child.ts';

const simple = () => ({ resumable: false });

const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'storage-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

describe('the change feed', () => {
  it('is awaited before the client gets its answer', async () => {
    const { client, emulator } = await fixture();
    const order: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    emulator.onChange(async () => {
      order.push('told');
      await promise;
      order.push('queued');
    });
    const saved = client
      .bucket('uploads')
      .file('a')
      .save('x', simple())
      .then(() => order.push('answered'));
    await vi.waitFor(() => expect(order).toEqual(['told']));
    // The object is there; only the answer waits.
    await client.bucket('uploads').file('a').download();
    expect(order).toEqual(['told']);
    resolve();
    await saved;
    expect(order).toEqual(['told', 'queued', 'answered']);
  });

  it('turns the answer into a 503 when a listener fails, and tells the change again with the next', async () => {
    const { client, emulator } = await fixture();
    const taken: string[] = [];
    let full = true;
    emulator.onChange(({ object }) => {
      if (full) throw new Error('queue full');
      taken.push(object.name);
    });
    const bucket = client.bucket('uploads');
    await expect(bucket.file('a').save('x', simple())).rejects.toMatchObject({ code: 503 });
    full = false;
    await bucket.file('b').save('x', simple());
    await vi.waitFor(() => expect(taken).toEqual(['b', 'a']));
  });

  it('tells a change that no listener took again after a restart, and then no more', async () => {
    const dir = folder();
    const first = await fixture({ dir });
    first.emulator.onChange(() => Promise.reject(new Error('queue full')));
    const saved = first.client.bucket('uploads').file('a').save('x', simple());
    await expect(saved).rejects.toMatchObject({ code: 503, message: expect.stringContaining('queue full') });
    await first.emulator.stop();
    const second = await fixture({ dir });
    await vi.waitFor(() => expect(second.events()).toEqual(['finalized a']));
    await second.emulator.stop();
    const third = await fixture({ dir });
    await third.client.bucket('uploads').file('c').save('x', simple());
    expect(third.events()).toEqual(['finalized c']);
  });

  it('carries the object as the API shows it', async () => {
    const { client, changes, url } = await fixture({ now: () => 1_700_000_000_000 });
    await client.bucket('uploads').file('a b').save('x', simple());
    expect(changes[0]).toMatchObject({ event: 'finalized', time: 1_700_000_000_000 });
    const shown = await (await fetch(`${url}/storage/v1/b/uploads/o/a%20b`)).json();
    expect(changes[0]!.object).toEqual(shown);
    expect((await fetch(changes[0]!.object.mediaLink)).status).toBe(200);
  });
});

describe('a folder', () => {
  it('keeps buckets and objects over a restart, and generations go on rising', async () => {
    const dir = folder();
    const first = await fixture({ dir, now: () => 2_000_000_000_000 });
    await first.client.createBucket('other-bucket');
    const bucket = first.client.bucket('uploads');
    await bucket.file('a').save('one', simple());
    await bucket.file('a').save('two', simple());
    await bucket.file('gone').save('x', simple());
    await bucket.file('moving').save('moved', simple());
    await bucket.file('moving').moveFileAtomic('moved');
    await bucket.file('gone').delete();
    let highest = Math.max(...first.changes.map(({ object }) => Number(object.generation)));
    await first.emulator.stop();
    for (let run = 0; run < 2; run++) {
      // A run that does nothing forgets nothing.
      await (await startStorage({ dir })).stop();
      const { client, changes, emulator } = await fixture({ dir, now: () => 1_000_000_000_000 });
      const again = client.bucket('uploads');
      expect((await again.getFiles())[0].map(({ name }) => name)).toEqual(['a', 'moved']);
      expect((await again.file('a').download())[0].toString()).toBe('two');
      expect((await again.file('moved').download())[0].toString()).toBe('moved');
      expect(await client.bucket('other-bucket').exists()).toEqual([true]);
      await again.file('new').save('x', simple());
      const generation = Number(changes[0]!.object.generation);
      expect(generation).toBeGreaterThan(highest);
      highest = generation;
      await again.file('new').delete();
      await emulator.stop();
    }
    expect(readdirSync(join(dir, 'blobs'))).toHaveLength(2);
  });

  it('is mended where a write was cut off: torn lines, bytes that no object has', async () => {
    const dir = folder();
    const first = await fixture({ dir });
    await first.client.bucket('uploads').file('a').save('x', simple());
    await first.emulator.stop();
    writeFileSync(join(dir, 'journal.ndjson'), '{"op":"object","obj', { flag: 'a' });
    writeFileSync(join(dir, 'blobs', '99'), 'orphan');
    writeFileSync(join(dir, 'staging', '7'), 'half');
    const { client } = await fixture({ dir });
    expect((await client.bucket('uploads').getFiles())[0]).toHaveLength(1);
    expect(readdirSync(join(dir, 'blobs'))).toHaveLength(1);
    expect(readdirSync(join(dir, 'staging'))).toEqual([]);
    expect(readFileSync(join(dir, 'journal.ndjson'), 'utf8')).not.toContain('"obj\n');
  });

  it('after kill -9 under load holds every acknowledged object, each whole', async () => {
    const dir = folder();
    const { process: child, port } = await forkStorage(dir);
    const acknowledged = new Set<string>();
    const body = (name: string) => `${name} `.repeat(20_000);
    const writer = async (id: number) => {
      for (let at = 0; ; at++) {
        const name = `w${id}-${at}`;
        const address = `http://127.0.0.1:${port}/upload/storage/v1/b/uploads/o?uploadType=media&name=${name}`;
        const response = await fetch(address, { method: 'POST', body: body(name) });
        if (response.ok) acknowledged.add(name);
        if (acknowledged.size === 60) child.kill('SIGKILL');
      }
    };
    await Promise.allSettled(Array.from({ length: 8 }, (_, id) => writer(id)));
    const { client } = await fixture({ dir });
    const [files] = await client.bucket('uploads').getFiles();
    const names = files.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...acknowledged]));
    // At most what was under way is there without having been acknowledged.
    expect(names.length - acknowledged.size).toBeLessThanOrEqual(8);
    for (const file of files)
      expect((await file.download())[0].toString() === body(file.name), file.name).toBe(true);
  });
});
