import { request } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fixture } from './testing.ts';

/** The client writes into the options that it gets: fresh ones each time. */
const simple = () => ({ resumable: false });

/** Without fetch's own decompression and headers. */
function get(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(url, { headers, method }, async response => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
    })
      .on('error', reject)
      .end();
  });
}

describe('downloads through the official client', () => {
  it('give ranges from, to, and from the end', async () => {
    const { client } = await fixture();
    const file = client.bucket('uploads').file('a');
    await file.save('0123456789', simple());
    const read = async (options: object) => (await file.download(options))[0].toString();
    expect(await read({ start: 2, end: 4 })).toBe('234');
    expect(await read({ start: 7 })).toBe('789');
    expect(await read({ end: -3 })).toBe('789');
    await expect(read({ start: 10 })).rejects.toMatchObject({ code: 416 });
  });

  it('give an empty object', async () => {
    const { client } = await fixture();
    const file = client.bucket('uploads').file('empty');
    await file.save('', simple());
    expect((await file.download())[0]).toHaveLength(0);
  });

  it('unpack gzip content unless it is asked for as it is', async () => {
    const { client } = await fixture();
    const file = client.bucket('uploads').file('a.ndjson');
    await file.save('{"a":1}\n'.repeat(100), { ...simple(), gzip: true });
    expect((await file.getMetadata())[0].contentEncoding).toBe('gzip');
    expect((await file.download())[0].toString()).toBe('{"a":1}\n'.repeat(100));
    const [raw] = await file.download({ decompress: false });
    expect(gunzipSync(raw)).toHaveLength(800);
  });

  it('name what is missing', async () => {
    const { client } = await fixture();
    await expect(client.bucket('uploads').file('none').download()).rejects.toMatchObject({
      code: 404,
      message: expect.stringContaining('No such object: uploads/none'),
    });
  });

  it('finish with the old bytes when an overwrite comes in the middle', async () => {
    const { client } = await fixture();
    const file = client.bucket('uploads').file('a');
    await file.save(Buffer.alloc(4_000_000, 'a'), simple());
    const stream = file.createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) {
      if (chunks.length === 0) await file.save('new', simple());
      chunks.push(chunk as Buffer);
    }
    expect(Buffer.concat(chunks).equals(Buffer.alloc(4_000_000, 'a'))).toBe(true);
  });
});

describe('downloads on the wire', () => {
  it('are whole, old or new, while many overwrites run', async () => {
    const { client, url } = await fixture();
    const bodies = ['a', 'b', 'c', 'd'].map(letter => letter.repeat(300_000));
    const save = (body: string) => client.bucket('uploads').file('x').save(body, simple());
    await save(bodies[0]!);
    let over = false;
    const reading = Array.from({ length: 8 }, async () => {
      while (!over) {
        const { body } = await get(`${url}/uploads/x`);
        expect(bodies).toContain(body.toString());
      }
    });
    for (let round = 0; round < 5; round++) await Promise.all(bodies.map(save));
    over = true;
    await Promise.all(reading);
  });

  it('carry the object’s description in headers', async () => {
    const { client, url } = await fixture();
    await client
      .bucket('uploads')
      .file('dir/a+ b')
      .save('123456789', {
        ...simple(),
        metadata: {
          contentType: 'text/csv',
          contentDisposition: 'attachment; filename="é\u0001.csv"',
          metadata: { k: 'ü' },
        },
      });
    for (const path of [
      '/download/storage/v1/b/uploads/o/dir%2Fa+%20b?alt=media',
      '/storage/v1/b/uploads/o/dir%2Fa%2B%20b?alt=media',
      '/uploads/dir/a+%20b',
    ]) {
      const { status, headers, body } = await get(url + path);
      expect(status, path).toBe(200);
      expect(body.toString()).toBe('123456789');
      expect(headers).toMatchObject({
        'content-type': 'text/csv',
        'content-length': '9',
        'content-disposition': Buffer.from('attachment; filename="é.csv"').toString('latin1'),
        'x-goog-hash': 'crc32c=4waSgw==,md5=JfnnlDI7RTiF9RgfG2JNCw==',
        'x-goog-metageneration': '1',
        'x-goog-generation': expect.stringMatching(/^\d{16}$/),
        'x-goog-stored-content-encoding': 'identity',
      });
    }
    expect((await get(`${url}/uploads/dir/a+%20b`)).headers['x-goog-meta-k']).toBe(
      Buffer.from('ü').toString('latin1'),
    );
    const head = await get(`${url}/uploads/dir/a+%20b`, {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, headers: { 'content-length': '9' } });
    expect(head.body).toHaveLength(0);
  });

  it('answer a range with 206, one outside with 416, and several with everything', async () => {
    const { client, url } = await fixture();
    await client.bucket('uploads').file('a').save('0123456789', simple());
    const range = (value: string) => get(`${url}/uploads/a`, { range: value });
    expect(await range('bytes=-4')).toMatchObject({
      status: 206,
      headers: { 'content-range': 'bytes 6-9/10', 'content-length': '4' },
      body: Buffer.from('6789'),
    });
    expect(await range('bytes=10-')).toMatchObject({
      status: 416,
      headers: { 'content-range': 'bytes */10' },
    });
    expect(await range('bytes=0-1,3-4')).toMatchObject({ status: 200, body: Buffer.from('0123456789') });
  });

  it('unpack gzip for those who do not take it, and then ignore ranges', async () => {
    const { client, url } = await fixture();
    const packed = gzipSync('0123456789');
    const file = client.bucket('uploads').file('a.gz');
    await file.save(packed, { ...simple(), metadata: { contentEncoding: 'gzip' } });
    const plain = await get(`${url}/uploads/a.gz`, { range: 'bytes=0-1' });
    expect(plain).toMatchObject({ status: 200, body: Buffer.from('0123456789') });
    expect(plain.headers).toMatchObject({
      'x-goog-stored-content-encoding': 'gzip',
      'x-goog-stored-content-length': String(packed.length),
    });
    expect(plain.headers['content-length']).toBeUndefined();
    expect(plain.headers['content-encoding']).toBeUndefined();
    const raw = await get(`${url}/uploads/a.gz`, { 'accept-encoding': 'gzip', range: 'bytes=0-1' });
    expect(raw).toMatchObject({
      status: 206,
      headers: { 'content-encoding': 'gzip' },
      body: packed.subarray(0, 2),
    });
    await file.setMetadata({ cacheControl: 'no-transform' });
    expect((await get(`${url}/uploads/a.gz`)).body).toEqual(packed);
  });

  it('break off, rather than pretend to be whole, when gzip content is none', async () => {
    const { client, url, emulator } = await fixture();
    const file = client.bucket('uploads').file('a.gz');
    await file.save('no gzip', { ...simple(), metadata: { contentEncoding: 'gzip' } });
    await expect(get(`${url}/uploads/a.gz`)).rejects.toThrow();
    emulator.createBucket('still-alive');
  });

  it('answer errors of the XML style in XML', async () => {
    const { url } = await fixture();
    expect((await get(`${url}/uploads/no%3Cne`)).body.toString()).toContain(
      '<Code>NoSuchKey</Code><Message>No such object: uploads/no&lt;ne',
    );
    expect((await get(`${url}/missing-bucket/x`)).body.toString()).toContain('NoSuchBucket');
  });
});
