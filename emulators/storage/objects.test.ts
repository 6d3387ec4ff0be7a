import { describe, expect, it } from 'vitest';
import { errorOf, fixture } from './testing.ts';

/** The client writes into the options that it gets: fresh ones each time. */
const simple = () => ({ resumable: false });

describe('objects through the official client', () => {
  it('keep metadata, merge a change into it and count the change', async () => {
    const { client, events } = await fixture();
    const file = client.bucket('uploads').file('a.csv');
    await file.save('x', {
      ...simple(),
      metadata: { cacheControl: 'no-store', metadata: { a: '1', b: '2' } },
    });
    await file.setMetadata({ contentType: 'text/plain', metadata: { b: null, c: '3' } });
    const [metadata] = await file.getMetadata();
    expect(metadata).toMatchObject({
      contentType: 'text/plain',
      cacheControl: 'no-store',
      metageneration: '2',
      metadata: { a: '1', c: '3' },
    });
    expect(metadata.metadata).not.toHaveProperty('b');
    expect(events()).toEqual(['finalized a.csv', 'metadataUpdated a.csv']);
  });

  it('get strictly rising generations, also while the clock stands still', async () => {
    const { client, changes } = await fixture({ now: () => Date.UTC(2026, 0, 1) });
    const bucket = client.bucket('uploads');
    for (let i = 0; i < 5; i++) await bucket.file(`f${i % 2}`).save('x', simple());
    const created = changes.filter(({ event }) => event === 'finalized');
    const generations = created.map(({ object }) => Number(object.generation));
    expect(generations).toEqual([...generations].sort((a, b) => a - b));
    expect(new Set(generations).size).toBe(5);
    expect(generations[0]).toBe(Date.UTC(2026, 0, 1) * 1000);
  });

  it('are overwritten with a deleted event for the old generation', async () => {
    const { client, changes, events } = await fixture();
    const file = client.bucket('uploads').file('a');
    await file.save('one', simple());
    await file.save('two', simple());
    expect(events()).toEqual(['finalized a', 'deleted a', 'finalized a']);
    expect(changes[1]!.object.generation).toBe(changes[0]!.object.generation);
    expect((await file.download())[0].toString()).toBe('two');
  });

  it('are deleted once, at the generation asked for', async () => {
    const { client, events } = await fixture();
    const file = client.bucket('uploads').file('a');
    await file.save('x', simple());
    await expect(file.delete({ ifGenerationMatch: 1 })).rejects.toMatchObject({ code: 412 });
    await file.delete();
    await expect(file.delete()).rejects.toMatchObject({ code: 404, message: 'No such object: uploads/a' });
    expect(await file.exists()).toEqual([false]);
    expect(events()).toEqual(['finalized a', 'deleted a']);
  });

  it('are copied with their metadata, or with other metadata altogether', async () => {
    const { client } = await fixture();
    await client.createBucket('other-bucket');
    const file = client.bucket('uploads').file('dir/a é.csv');
    await file.save('content', { ...simple(), metadata: { contentType: 'text/csv', metadata: { k: 'v' } } });
    const [same] = await file.copy(client.bucket('other-bucket').file('b/c+d'));
    expect((await same.getMetadata())[0]).toMatchObject({
      bucket: 'other-bucket',
      name: 'b/c+d',
      contentType: 'text/csv',
      metadata: { k: 'v' },
      md5Hash: (await file.getMetadata())[0].md5Hash,
    });
    const [changed] = await file.copy('changed', { contentType: 'text/plain', metadata: { n: '1' } });
    expect((await changed.getMetadata())[0]).toMatchObject({
      contentType: 'text/plain',
      metadata: { n: '1' },
    });
    await file.delete();
    expect((await same.download())[0].toString()).toBe('content');
  });

  it('are moved, by copy and delete or in one step', async () => {
    const { client, events } = await fixture();
    const bucket = client.bucket('uploads');
    await bucket.file('a').save('content', simple());
    await bucket.file('a').move('b');
    await bucket.file('b').moveFileAtomic('c');
    expect((await bucket.file('c').download())[0].toString()).toBe('content');
    expect(events()).toEqual(['finalized a', 'finalized b', 'deleted a', 'finalized c', 'deleted b']);
  });

  it('are composed of up to 32, without an MD5 and with the right CRC32C', async () => {
    const { client } = await fixture();
    const bucket = client.bucket('uploads');
    const parts = Array.from({ length: 32 }, (_, at) => bucket.file(`part-${at}`));
    for (const [at, part] of parts.entries()) await part.save(`line ${at}\n`, simple());
    const [whole] = await bucket.combine(parts, 'whole.txt');
    // The client checks the CRC32C of what it gets.
    const [bytes] = await whole.download({ validation: 'crc32c' });
    expect(bytes.toString().split('\n')).toHaveLength(33);
    const [metadata] = await whole.getMetadata();
    expect(metadata).toMatchObject({ componentCount: 32, size: '246', contentType: 'text/plain' });
    expect(metadata.md5Hash).toBeUndefined();
    await expect(bucket.combine([...parts, bucket.file('part-0')], 'more.txt')).rejects.toMatchObject({
      code: 400,
    });
    await expect(bucket.combine([bucket.file('none'), parts[0]!], 'x.txt')).rejects.toMatchObject({
      code: 404,
    });
  });

  it('hold every precondition', async () => {
    const { client } = await fixture();
    const bucket = client.bucket('uploads');
    const file = bucket.file('a');
    const only = { ...simple(), preconditionOpts: { ifGenerationMatch: 0 } };
    await file.save('one', only);
    await expect(file.save('two', only)).rejects.toMatchObject({ code: 412 });
    await expect(file.setMetadata({}, { ifMetagenerationMatch: 9 })).rejects.toMatchObject({ code: 412 });
    await file.setMetadata({ contentType: 'a/b' }, { ifMetagenerationMatch: 1 });
    await expect(file.copy('b', { preconditionOpts: { ifGenerationMatch: 5 } })).rejects.toMatchObject({
      code: 412,
    });
    const [{ generation }] = await file.getMetadata();
    await bucket.file('a', { generation: generation! }).download();
    await expect(bucket.file('a', { generation: 1 }).download()).rejects.toMatchObject({ code: 404 });
  });

  it('let exactly one of many concurrent creations win', async () => {
    const { client, events } = await fixture();
    const file = client.bucket('uploads').file('a');
    const attempts = Array.from({ length: 8 }, (_, at) =>
      file.save(`writer ${at}`.repeat(1000), { ...simple(), preconditionOpts: { ifGenerationMatch: 0 } }),
    );
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 412 });
    expect(events()).toEqual(['finalized a']);
  });
});

describe('objects on the wire', () => {
  it('answer 304 where nothing has changed', async () => {
    const { client, url } = await fixture();
    await client.bucket('uploads').file('a').save('x', simple());
    const address = `${url}/storage/v1/b/uploads/o/a`;
    const { generation, etag } = (await (await fetch(address)).json()) as {
      generation: string;
      etag: string;
    };
    expect((await fetch(`${address}?ifGenerationNotMatch=${generation}`)).status).toBe(304);
    expect((await fetch(address, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await fetch(`${address}?alt=media`, { headers: { 'if-none-match': `"${etag}"` } })).status).toBe(
      304,
    );
    expect((await fetch(`${address}?ifGenerationMatch=x`)).status).toBe(400);
  });

  it('refuse metadata that is not text, too large, or means something we do not do', async () => {
    const { client, url } = await fixture();
    await client.bucket('uploads').file('a').save('x', simple());
    const patch = async (body: unknown) =>
      errorOf(
        await fetch(`${url}/storage/v1/b/uploads/o/a`, { method: 'PATCH', body: JSON.stringify(body) }),
      );
    expect(await patch({ contentType: 5 })).toMatchObject({ code: 400 });
    expect(await patch({ metadata: 'x' })).toMatchObject({ code: 400 });
    expect(await patch({ metadata: { a: {} } })).toMatchObject({ code: 400 });
    expect(await patch({ metadata: { a: 'x'.repeat(9000) } })).toMatchObject({ code: 400 });
    expect(await patch({ temporaryHold: true })).toMatchObject({ code: 501, reason: 'notImplemented' });
    expect(await patch({ metadata: { a: 'x'.repeat(2 ** 20) } })).toMatchObject({ code: 413 });
  });

  it('keep a key like __proto__ as the text it is', async () => {
    const { client, url } = await fixture();
    await client.bucket('uploads').file('a').save('x', simple());
    const body = '{"metadata":{"__proto__":"evil","constructor":"x"}}';
    const response = await fetch(`${url}/storage/v1/b/uploads/o/a`, { method: 'PATCH', body });
    const { metadata } = (await response.json()) as { metadata: object };
    expect(Object.entries(metadata)).toEqual([
      ['__proto__', 'evil'],
      ['constructor', 'x'],
    ]);
  });

  it.each([
    ['GET', '/storage/v1/b/uploads/o/a/acl', 501],
    ['POST', '/storage/v1/b/uploads/notificationConfigs', 501],
    ['GET', '/storage/v1/projects/p/hmacKeys', 501],
    ['POST', '/batch/storage/v1', 501],
    ['POST', '/storage/v1/b/uploads/o/a/restore', 501],
    ['DELETE', '/uploads/a', 501],
    ['GET', '/uploads/', 501],
    ['GET', '/storage/v1/b/none', 404],
    ['GET', '/storage/v1/b/uploads/o/none', 404],
    ['GET', '/storage/v1/b/none/o', 404],
    ['GET', '/storage/v1/nothing', 404],
    ['GET', '/', 404],
    ['POST', '/storage/v1/b/uploads', 405],
    ['GET', '/storage/v1/b/uploads/o/%E0%A4%A', 400],
    ['POST', '/storage/v1/b/uploads/o/a/moveTo/o/a', 404],
  ])('answer %s %s with %i in the API’s shape', async (method, path, code) => {
    const { url } = await fixture();
    expect(await errorOf(await fetch(url + path, { method }))).toMatchObject({ code });
  });
});
