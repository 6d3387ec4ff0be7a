import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { settings } from './bundle.ts';
import type { Bundled } from './leave-out.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** What every client does before its first call in the cloud. */
const PROGRAM = `
import { GoogleAuth } from 'google-auth-library';
new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' })
  .getRequestHeaders('https://pubsub.googleapis.com/')
  .then(headers => console.log(headers.get('authorization')))
  .then(() => console.log(process.moduleLoadList.filter(name => name.includes('undici')).length));
`;

it('authenticates with the metadata server, and loads nothing of what fetch needs in Node', async () => {
  const metadata = createServer((request, response) => {
    response.setHeader('metadata-flavor', 'Google');
    if (request.headers['metadata-flavor'] !== 'Google') response.statusCode = 403;
    const isToken = request.url?.includes('/service-accounts/default/token') === true;
    response.end(isToken ? '{"access_token":"secret","expires_in":3600,"token_type":"Bearer"}' : 'demo');
  }).listen(0, '127.0.0.1');
  await once(metadata, 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'headers-'));
  const file = join(folder, 'program.cjs');
  const step: Bundled = { name: 'any', roles: [{ role: 'roles/pubsub.publisher', on: 'topic:events' }] };
  const { outputFiles } = await build({
    ...settings(ROOT, step),
    stdin: { contents: PROGRAM, resolveDir: ROOT, loader: 'ts' },
    legalComments: 'none',
  });
  writeFileSync(file, outputFiles[0]!.contents);
  const { port } = metadata.address() as AddressInfo;
  const env = {
    GCE_METADATA_HOST: `127.0.0.1:${port}`,
    METADATA_SERVER_DETECTION: 'assume-present',
    // No key of whoever runs this.
    HOME: folder,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env, cwd: folder });
  metadata.close();
  rmSync(folder, { recursive: true });
  expect(stdout.split('\n')).toEqual(['Bearer secret', '0', '']);
});
