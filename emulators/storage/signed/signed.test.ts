import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GetSignedUrlConfig, Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ServiceAccount, serviceAccount } from '../../service-account.ts';
import { fixture } from '../testing.ts';

const MINUTE = 60_000;
const dir = mkdtempSync(join(tmpdir(), 'millrace-signed-'));
let known: ServiceAccount;
let other: ServiceAccount;
beforeAll(async () => {
  known = await serviceAccount(dir);
  other = await serviceAccount(join(dir, 'other'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** An emulator that knows the account, and the official client that signs as it, or by another key file. */
async function scene({ now = Date.now, file = known.file } = {}) {
  const { url, client, events } = await fixture({ keys: new Map([[known.email, known.publicKey]]), now });
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
  const signer = new Storage({ apiEndpoint: url });
  const sign = async (name: string, config: Partial<GetSignedUrlConfig> = {}) => {
    const expires = Date.now() + 5 * MINUTE;
    const asked = { version: 'v4', action: 'read', expires, ...config } as GetSignedUrlConfig;
    return (await signer.bucket('uploads').file(name).getSignedUrl(asked))[0];
  };
  return { url, sign, events, bucket: client.bucket('uploads') };
}

async function refusal(response: Response): Promise<[number, string | undefined]> {
  return [response.status, /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1]];
}

it('an account keeps its key where it is found again', async () => {
  expect((await serviceAccount(dir)).publicKey.equals(known.publicKey)).toBe(true);
  expect(other.publicKey.equals(known.publicKey)).toBe(false);
});

describe('a signed URL', () => {
  it.each(['a', 'dir/a b.txt', "ä/!'()*~+&=?#%41", '日本/😀', 'a//b', 'x;y:z@,$'])('reads %s', async name => {
    const { sign, bucket } = await scene();
    await bucket.file(name).save('hello', { resumable: false });
    expect(await (await fetch(await sign(name))).text()).toBe('hello');
    const download = await fetch(await sign(name, { responseDisposition: 'attachment; filename="ü.txt"' }));
    expect(download.status).toBe(200);
  });

  it('writes an object with the type, metadata and size that were signed', async () => {
    const { sign, bucket, events } = await scene();
    const headers = { 'x-goog-meta-uploader': 'ann', 'x-goog-content-length-range': '1,5' };
    const url = await sign('a', { action: 'write', contentType: 'text/csv', extensionHeaders: headers });
    const put = (body: string) =>
      fetch(url, { method: 'PUT', headers: { 'content-type': 'text/csv', ...headers }, body });
    expect(await refusal(await put('123456'))).toEqual([400, 'EntityTooLarge']);
    expect(await refusal(await put(''))).toEqual([400, 'EntityTooSmall']);
    const written = await put('12345');
    expect([written.status, written.headers.get('x-goog-stored-content-length')]).toEqual([200, '5']);
    expect((await bucket.file('a').getMetadata())[0]).toMatchObject({
      contentType: 'text/csv',
      metadata: { uploader: 'ann' },
      size: '5',
    });
    expect(events()).toEqual(['finalized a']);
  });

  it('holds until it expires', async () => {
    let now = Date.now();
    const { sign, bucket } = await scene({ now: () => now });
    await bucket.file('a').save('hello', { resumable: false });
    const url = await sign('a', { expires: now + MINUTE });
    now += MINUTE - 2000;
    expect((await fetch(url)).status).toBe(200);
    now += 4000;
    expect(await refusal(await fetch(url))).toEqual([400, 'ExpiredToken']);
    now -= 60 * MINUTE;
    expect(await refusal(await fetch(url))).toEqual([403, 'RequestTimeTooSkewed']);
  });

  it('is for one object, one method, the parameters and headers that were signed, and nothing else', async () => {
    const { sign, bucket } = await scene();
    for (const name of ['a', 'b']) await bucket.file(name).save(name, { resumable: false });
    const url = await sign('a', { extensionHeaders: { 'x-goog-custom-audit-user': 'ann' } });
    const get = (at: string, init: RequestInit = {}) =>
      fetch(at, { headers: { 'x-goog-custom-audit-user': 'ann' }, ...init }).then(refusal);
    expect((await get(url))[0]).toBe(200);
    const wrong = [403, 'SignatureDoesNotMatch'];
    expect(await get(url.replace('/uploads/a', '/uploads/b'))).toEqual(wrong);
    for (const method of ['PUT', 'POST', 'HEAD']) expect((await get(url, { method }))[0]).toBe(403);
    expect(await get(`${url}&generation=1`)).toEqual(wrong);
    expect(await get(url.replace('X-Goog-Expires=', 'X-Goog-Expires=9'))).toEqual(wrong);
    expect(await get(url.replace(/Signature=..../, 'Signature=0000'))).toEqual(wrong);
    expect(await get(url, { headers: { 'x-goog-custom-audit-user': 'eve' } })).toEqual(wrong);
    const more = { 'x-goog-custom-audit-user': 'ann', 'x-goog-meta-uploader': 'eve' };
    expect(await get(url, { headers: more })).toEqual([400, 'MalformedSecurityHeader']);
    expect(await get(url, { headers: {} })).toEqual([400, 'MalformedSecurityHeader']);
  });

  it('of another key, or of an account that is not known, is refused with what was expected', async () => {
    const { sign } = await scene({ file: other.file });
    const response = await fetch(await sign('a'));
    expect(response.status).toBe(403);
    const body = await response.text();
    expect(body).toMatch(/<Code>SignatureDoesNotMatch<\/Code><Message>Access denied\.<\/Message>/);
    expect(body).toContain('<CanonicalRequest>GET\n/uploads/a\nX-Goog-Algorithm=GOOG4-RSA-SHA256&amp;');
    const file = join(dir, 'stranger.json');
    writeFileSync(file, readFileSync(known.file, 'utf8').replace('"steps@', '"eve@'));
    const stranger = await scene({ file });
    expect(await (await fetch(await stranger.sign('a'))).text()).toContain('No key is known of eve@');
  });

  it.each<[number, string, (url: string) => string]>([
    [400, 'InvalidArgument', url => url.replace(/X-Goog-Expires=\d+/, 'X-Goog-Expires=604801')],
    [400, 'InvalidArgument', url => url.replace(/X-Goog-Expires=\d+&/, '')],
    [400, 'InvalidArgument', url => url.replace(/X-Goog-Date=\w+/, 'X-Goog-Date=20261399T000000Z')],
    [400, 'InvalidArgument', url => url.replace('goog4_request', 'aws4_request')],
    [400, 'MalformedSecurityHeader', url => url.replace('SignedHeaders=host', 'SignedHeaders=date')],
    [501, 'NotImplemented', url => url.replace('GOOG4-RSA-SHA256', 'GOOG4-HMAC-SHA256')],
    [501, 'NotImplemented', url => url.replace(/\?.*/, '?GoogleAccessId=x&Expires=1&Signature=y')],
  ])('that is malformed is refused by %d %s', async (status, code, mangle) => {
    const { sign } = await scene();
    expect(await refusal(await fetch(mangle(await sign('a'))))).toEqual([status, code]);
  });
});
