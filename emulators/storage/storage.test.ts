import { Storage } from '@google-cloud/storage';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fixture } from './testing.ts';

describe('the storage emulator', () => {
  it('takes a simple upload of the official client and gives the bytes back', async () => {
    const { client, events, changes } = await fixture();
    const file = client.bucket('uploads').file('flights/2001 é+%.csv');
    await file.save('a,b\n1,2\n', {
      resumable: false,
      metadata: { contentType: 'text/csv', metadata: { pipeline: 'flights' } },
    });
    const [bytes] = await file.download();
    expect(bytes.toString()).toBe('a,b\n1,2\n');
    expect(events()).toEqual(['finalized flights/2001 é+%.csv']);
    expect(changes[0]!.object).toMatchObject({
      bucket: 'uploads',
      contentType: 'text/csv',
      size: '8',
      metageneration: '1',
      metadata: { pipeline: 'flights' },
    });
  });

  it('serves a client that finds it by STORAGE_EMULATOR_HOST alone', async () => {
    const { url, events } = await fixture();
    vi.stubEnv('STORAGE_EMULATOR_HOST', url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const client = new Storage({ projectId: 'demo-millrace' });
    const [bucket] = await client.createBucket('from-environment');
    for (const resumable of [false, true]) {
      const file = bucket.file(`dir/${resumable}`);
      await file.save('content', { resumable });
      expect((await file.download())[0].toString()).toBe('content');
    }
    expect((await bucket.getFiles({ prefix: 'dir/' }))[0]).toHaveLength(2);
    await bucket.file('dir/true').copy('copied');
    await bucket.file('dir/true').delete();
    expect(events()).toEqual([
      'finalized dir/false',
      'finalized dir/true',
      'finalized copied',
      'deleted dir/true',
    ]);
  });

  it('keeps its port over a restart, and names it in the error when it is taken', async () => {
    const { emulator } = await fixture();
    await expect(fixture({ port: emulator.port })).rejects.toThrow(String(emulator.port));
    await emulator.stop();
    await fixture({ port: emulator.port });
  });

  it('stops with downloads and uploads under way', async () => {
    const { emulator, client, url } = await fixture();
    await client.bucket('uploads').file('a').save(Buffer.alloc(8_000_000), { resumable: false });
    const { body } = await fetch(`${url}/uploads/a`);
    await emulator.stop();
    await expect(new Response(body).arrayBuffer()).rejects.toThrow();
    await expect(fetch(url)).rejects.toThrow();
  });
});
