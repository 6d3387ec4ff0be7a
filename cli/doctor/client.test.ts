import { describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import type { Request } from './requests.ts';

const ONE: Request = { kind: 'topic', name: 't', url: 'https://a.googleapis.com/t', permission: 'a.t.get' };
const LIST: Request = { ...ONE, kind: 'services', url: 'https://a.googleapis.com/s?x=1', list: 'services' };

function clientOf(answer: (url: string, init: RequestInit) => Response) {
  const fetch = (async (input, init = {}) => answer(String(input), init)) as typeof globalThis.fetch;
  return createClient({ fetch, headers: async () => ({ authorization: 'Bearer t' }) });
}
const failing = (error: Error) =>
  clientOf(() => {
    throw error;
  });

describe('the client', () => {
  it('proves who asks, and posts what has a body', async () => {
    const seen: unknown[] = [];
    const ask = clientOf((url, { method, body, headers }) => {
      seen.push([url, method, body, (headers as Record<string, string>)['authorization']]);
      return Response.json({ a: 1 });
    });
    expect(await ask(ONE)).toEqual({ state: 'found', body: { a: 1 } });
    await ask({ ...ONE, body: { options: {} } });
    expect(seen).toEqual([
      ['https://a.googleapis.com/t', 'GET', undefined, 'Bearer t'],
      ['https://a.googleapis.com/t', 'POST', '{"options":{}}', 'Bearer t'],
    ]);
  });

  it('reads a list over all its pages, also one that is empty', async () => {
    const ask = clientOf(url =>
      Response.json(
        url.endsWith('?x=1') ? { services: [1, 2], nextPageToken: 'a/b' } : { services: [3], at: url },
      ),
    );
    expect(await ask(LIST)).toEqual({ state: 'found', body: [1, 2, 3] });
    const urls: string[] = [];
    await clientOf(url => {
      urls.push(url);
      return Response.json(urls.length === 1 ? { nextPageToken: 'a/b' } : {});
    })(LIST);
    expect(urls[1]).toBe('https://a.googleapis.com/s?x=1&pageToken=a%2Fb');
  });

  it.each([
    ['is not there', 404, {}, { state: 'missing' }],
    [
      'may not be seen',
      403,
      { message: 'No.\nMore.' },
      { state: 'denied', permission: 'a.t.get', message: 'No.' },
    ],
    [
      'belongs to a service that is off',
      403,
      { details: [{ reason: 'SERVICE_DISABLED', metadata: { service: 'b.googleapis.com' } }] },
      { state: 'disabled', service: 'b.googleapis.com' },
    ],
    [
      'belongs to a service that is off, in the words of Storage',
      403,
      { errors: [{ reason: 'accessNotConfigured' }] },
      { state: 'disabled', service: 'a.googleapis.com' },
    ],
    ['fails', 500, {}, { state: 'failed', message: 'a.googleapis.com answers 500: HTTP 500' }],
  ])('tells what %s', async (_, status, error, answer) => {
    expect(await clientOf(() => Response.json({ error }, { status }))(ONE)).toEqual(answer);
  });

  it('takes an error page that is no JSON for the failure it is', async () => {
    const ask = clientOf(() => new Response('<html>', { status: 502 }));
    expect(await ask(ONE)).toEqual({ state: 'failed', message: 'a.googleapis.com answers 502: HTTP 502' });
  });

  it('gives up with code 3 when nobody answers, in one line', async () => {
    const error = new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } });
    await expect(failing(error)(ONE)).rejects.toMatchObject({
      exitCode: 3,
      message:
        'a.googleapis.com does not answer (ENOTFOUND). Is there a network, and does it let this host through?',
    });
    await expect(failing(new Error('took too long'))(ONE)).rejects.toThrow('(took too long)');
  });

  it('gives up with code 3 when the credentials are not taken', async () => {
    const ask = clientOf(() => Response.json({ error: { message: 'Expired.' } }, { status: 401 }));
    await expect(ask(ONE)).rejects.toMatchObject({
      exitCode: 3,
      message:
        'Google does not take these credentials: Expired. Log in again with gcloud auth application-default login.',
    });
  });

  it('gives up with code 3 when a login names no project that its requests count for', async () => {
    const metadata = { service: 'a.googleapis.com', consumer: 'projects/764086051850' };
    const ask = clientOf(() =>
      Response.json({ error: { details: [{ reason: 'SERVICE_DISABLED', metadata }] } }, { status: 403 }),
    );
    await expect(ask(ONE)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('gcloud auth application-default set-quota-project'),
    });
  });
});
