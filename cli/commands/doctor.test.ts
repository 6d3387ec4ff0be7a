import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CHECKOUT, FakeGoogle, PROJECT } from '../doctor/testing.ts';
import { printed } from '../testing.ts';
import { createDoctor } from './doctor.ts';

/** All the APIs behind one real HTTP server: their hosts come first in the path. */
let google = new FakeGoogle();
const tokens = new Set<string | undefined>();
const server = createServer((request, response) => {
  tokens.add(request.headers.authorization);
  const { status, body } = google.answer(`https:/${request.url}`);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
let origin = '';
beforeAll(async () => {
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const doctor = createDoctor(CHECKOUT, {
  fetch: (input, init) => fetch(String(input).replace('https:/', origin), init),
  headers: async () => ({ authorization: 'Bearer token' }),
});
const run = (options: Record<string, string | boolean>) => doctor.run({ positionals: [], options });

const caught = printed();
beforeEach(() => {
  google = new FakeGoogle();
});

describe('millrace doctor', () => {
  it('says that a healthy project is as declared, with code 0', async () => {
    expect(await run({ project: PROJECT })).toBe(0);
    expect(caught.out).toBe('my-project in europe-west4 is as declared: 50 things looked at.\n');
    expect([...tokens]).toEqual(['Bearer token']);
  });

  it('says what is wrong, what was expected and what mends it, with code 1', async () => {
    google.remove('queues/mails');
    Object.assign(google.at('services/count'), { ingress: 'INGRESS_TRAFFIC_ALL' });
    expect(await run({ project: PROJECT })).toBe(1);
    expect(caught.out).toBe(
      [
        'error  queue mails: it is not there: nothing wakes the step mail',
        '  expected  a queue',
        '  mend      terraform -chdir=terraform apply',
        '',
        'warning  step count: ingress is INGRESS_TRAFFIC_ALL: requests from the internet reach the step',
        '  expected  INGRESS_TRAFFIC_INTERNAL_ONLY',
        '  mend      gcloud run services update count --region=europe-west4 --project=my-project --ingress=internal',
        '',
        'my-project in europe-west4: 1 error, 1 warning in 50 things looked at.\n',
      ].join('\n'),
    );
  });

  it('prints one JSON object for scripts', async () => {
    google.remove('queues/mails');
    expect(await run({ project: PROJECT, json: true, region: 'europe-west4' })).toBe(1);
    expect(JSON.parse(caught.out)).toEqual({
      project: PROJECT,
      region: 'europe-west4',
      looked: 50,
      findings: [
        {
          severity: 'error',
          place: 'queue mails',
          what: 'it is not there: nothing wakes the step mail',
          expected: 'a queue',
          mend: 'terraform -chdir=terraform apply',
        },
      ],
    });
  });

  it.each([
    [{}, 'Which project? Say --project ID.'],
    [
      { project: 'a/b' },
      `"a/b" is no project's id; expected 6 to 30 lower-case letters, digits and hyphens, not its number or display name.`,
    ],
    [{ project: PROJECT, region: 'eu' }, '"eu" is no region; expected one such as europe-west4.'],
  ])('%j is wrong use', async (options, message) => {
    await expect(run(options as Record<string, string>)).rejects.toMatchObject({ message, exitCode: 2 });
    expect(google.asked).toEqual([]);
  });

  it('gives up with code 3 and one line when Google does not answer', async () => {
    const alone = createDoctor(CHECKOUT, {
      fetch: input => fetch(String(input).replace(/https:\/\/[^/]*/, 'http://127.0.0.1:1')),
      headers: async () => ({}),
    });
    const call = alone.run({ positionals: [], options: { project: PROJECT } });
    await expect(call).rejects.toMatchObject({ exitCode: 3, message: expect.not.stringContaining('\n') });
  });
});
