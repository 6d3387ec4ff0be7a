import { Agent, type RequestOptions, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorOf, fixture } from '../testing.ts';
import { parseMultipart } from './multipart.ts';

const UPLOAD = '/upload/storage/v1/b/uploads/o';

describe('simple uploads', () => {
  it('keep names exactly as they are', async () => {
    const { client, events } = await fixture();
    const bucket = client.bucket('uploads');
    const names = [
      'a/b',
      '../../etc/passwd',
      'trailing ',
      'plus+sign',
      'ünïcödé 😀',
      '%2F',
      'a?b#c&d=e',
      '/',
      'a\\b',
      'it\'s "*"',
    ];
    for (const name of names) await bucket.file(name).save(name, { resumable: false });
    for (const name of names) expect((await bucket.file(name).download())[0].toString(), name).toBe(name);
    expect(events()).toEqual(names.map(name => `finalized ${name}`));
    const [files] = await bucket.getFiles();
    expect(files.map(({ name }) => name).sort()).toEqual([...names].sort());
  });

  it('refuse names that are too long, empty or broken', async () => {
    const { url, events } = await fixture();
    const put = async (name: string) =>
      (await fetch(`${url}${UPLOAD}?uploadType=media&name=${name}`, { method: 'POST', body: 'x' })).status;
    expect(await put('a'.repeat(1024))).toBe(200);
    expect(await put('a'.repeat(1025))).toBe(400);
    expect(await put(encodeURIComponent('é'.repeat(513)))).toBe(400);
    for (const name of ['', 'a%0Ab', 'a%0Db', '.', '..']) expect(await put(name), name).toBe(400);
    expect(events()).toHaveLength(1);
  });

  it('take a body of any type, with its checksums in headers', async () => {
    const { url, events } = await fixture();
    const put = (headers: Record<string, string>) =>
      fetch(`${url}${UPLOAD}?uploadType=media&name=a&contentEncoding=identity`, {
        method: 'POST',
        body: '123456789',
        headers,
      });
    const good = await put({
      'content-type': 'text/csv',
      'x-goog-hash': 'crc32c=4waSgw==,md5=JfnnlDI7RTiF9RgfG2JNCw==',
    });
    expect(await good.json()).toMatchObject({
      contentType: 'text/csv',
      crc32c: '4waSgw==',
      size: '9',
      contentEncoding: 'identity',
    });
    for (const headers of [
      { 'x-goog-hash': 'crc32c=AAAAAA==' },
      { 'x-goog-hash': 'md5=x' },
      { 'content-md5': 'x' },
    ]) {
      const error = await errorOf(await put(headers as Record<string, string>));
      expect(error).toMatchObject({
        code: 400,
        message: expect.stringContaining("doesn't match calculated"),
      });
    }
    expect(events()).toEqual(['finalized a']);
  });

  it('refuse missing buckets and unknown kinds', async () => {
    const { url } = await fixture();
    const post = async (path: string) => errorOf(await fetch(url + path, { method: 'POST', body: 'x' }));
    expect(await post('/upload/storage/v1/b/none/o?uploadType=media&name=a')).toMatchObject({ code: 404 });
    expect(await post(`${UPLOAD}?name=a`)).toMatchObject({ code: 400, reason: 'required' });
    expect(await post(`${UPLOAD}?uploadType=toString&name=a`)).toMatchObject({ code: 400 });
    expect(await post(`${UPLOAD}?uploadType=media&name=a&predefinedAcl=private`)).toMatchObject({
      code: 501,
    });
    expect(await post(`${UPLOAD}?uploadType=media&name=a&ifGenerationMatch=x`)).toMatchObject({ code: 400 });
  });

  it('that break off leave nothing', async () => {
    const { emulator, client, events } = await fixture();
    for (const uploadType of ['media', 'multipart']) {
      const req = request({
        port: emulator.port,
        method: 'POST',
        path: `${UPLOAD}?uploadType=${uploadType}&name=broken`,
        headers: { 'content-length': '1000000', 'content-type': 'multipart/related; boundary=b' },
      });
      req.on('error', () => {});
      req.write('--b\r\n\r\n{}\r\n--b\r\n\r\n');
      await new Promise(resolve => req.write('x'.repeat(100_000), resolve));
      await setTimeout(30);
      req.destroy();
      await setTimeout(30);
    }
    expect((await client.bucket('uploads').getFiles())[0]).toEqual([]);
    expect(events()).toEqual([]);
  });
});

describe('a body far larger than what is wrong with it', () => {
  it.each([
    ['PATCH', '/storage/v1/b/uploads', 413],
    ['POST', `${UPLOAD}?uploadType=multipart`, 400],
    ['POST', `${UPLOAD}?uploadType=resumable&name=a`, 413],
    ['POST', `${UPLOAD}?uploadType=media`, 400],
    ['POST', '/storage/v1/nothing', 404],
  ])(
    'still lets the answer to %s %s arrive: %i, and the next on the same connection',
    async (method, path, code) => {
      const { emulator } = await fixture();
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      onTestFinished(() => agent.destroy());
      const status = (options: RequestOptions, body?: Buffer) =>
        new Promise((resolve, reject) => {
          const req = request({ port: emulator.port, agent, ...options }, response => {
            response.resume().on('end', () => resolve(response.statusCode));
          });
          req.on('error', reject).end(body);
        });
      const headers = { 'content-type': 'multipart/related; boundary=b' };
      expect(await status({ method, path, headers }, Buffer.alloc(20_000_000, '--b '))).toBe(code);
      expect(await status({ path: '/storage/v1/b/uploads' })).toBe(200);
    },
  );
});

describe('multipart uploads', () => {
  it('check the checksums in the metadata and store nothing where they differ', async () => {
    const { client, events } = await fixture();
    const file = client.bucket('uploads').file('a');
    const save = (metadata: { crc32c?: string; md5Hash?: string }) =>
      file.save('123456789', { resumable: false, metadata, validation: false });
    await save({ crc32c: '4waSgw==', md5Hash: 'JfnnlDI7RTiF9RgfG2JNCw==' });
    await expect(save({ md5Hash: 'AAAA' })).rejects.toMatchObject({ code: 400 });
    await expect(save({ crc32c: 'AAAA' })).rejects.toMatchObject({ code: 400 });
    expect(events()).toEqual(['finalized a']);
  });

  it.each([
    ['no boundary', 'multipart/related', '--b\r\n\r\n{}\r\n--b\r\n\r\nx\r\n--b--'],
    ['no metadata', 'multipart/related; boundary=b', ''],
    ['no second part', 'multipart/related; boundary=b', '--b\r\n\r\n{"name":"a"}\r\n--b--'],
    ['no end', 'multipart/related; boundary=b', '--b\r\n\r\n{"name":"a"}\r\n--b\r\n\r\nx'],
    ['no JSON', 'multipart/related; boundary=b', '--b\r\n\r\n{name}\r\n--b\r\n\r\nx\r\n--b--'],
    ['a list for metadata', 'multipart/related; boundary=b', '--b\r\n\r\n[1]\r\n--b\r\n\r\nx\r\n--b--'],
    [
      'a number for a name',
      'multipart/related; boundary=b',
      '--b\r\n\r\n{"name":1}\r\n--b\r\n\r\nx\r\n--b--',
    ],
    ['endless metadata', 'multipart/related; boundary=b', `--b\r\n\r\n{"name":"${'a'.repeat(2 ** 21)}`],
  ])('with %s are refused', async (_, type, body) => {
    const { url, events } = await fixture();
    const response = await fetch(`${url}${UPLOAD}?uploadType=multipart`, {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    });
    expect(await errorOf(response)).toMatchObject({ code: 400 });
    expect(events()).toEqual([]);
  });

  it('are taken apart the same however the network cuts them', async () => {
    const media = fc.string({ unit: fc.constantFrom('\r', '\n', '-', 'b', 'x'), maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        media,
        fc.constantFrom('\r\n', '\n'),
        fc.integer({ min: 1, max: 40 }),
        async (body, nl, cut) => {
          fc.pre(!body.includes('\n--b') && !`${body}${nl}--b`.slice(0, -1).includes(`${nl}--b`));
          const whole = Buffer.from(
            `--b${nl}content-type: application/json${nl}${nl}{"a":1}${nl}--b${nl}content-type: text/csv${nl}${nl}${body}${nl}--b--${nl}`,
          );
          async function* pieces() {
            for (let at = 0; at < whole.length; at += cut) yield whole.subarray(at, at + cut);
          }
          const parsed = await parseMultipart(pieces(), 'b');
          expect(parsed).toMatchObject({ metadata: '{"a":1}', contentType: 'text/csv' });
          const chunks: Buffer[] = [];
          for await (const chunk of parsed.media) chunks.push(chunk);
          expect(Buffer.concat(chunks).toString()).toBe(body);
        },
      ),
    );
  });
});
