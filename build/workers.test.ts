import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { PubSub } from '@google-cloud/pubsub';
import { afterAll, expect, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { PROJECT } from '../emulators/suite-address.ts';
import { OPTIONS, settingsOf, type Values } from '../services/worker/settings.ts';
import { startSurroundings } from './surroundings.ts';
import { WAKERS } from './wakers.ts';
import { buildWorkers } from './workers.ts';

const ROOT = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'millrace-workers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('The image holds each step that is pulled for as one file, which works alone and drains', {
  timeout: 60_000,
}, async () => {
  expect(await buildWorkers(ROOT, folder, ['feed'])).toEqual(['feed']);
  const image = join(folder, 'worker');
  expect(readdirSync(image).sort()).toEqual(['Dockerfile', 'feed.LICENCES.txt', 'feed.cjs']);

  await using around = await startSurroundings(ROOT);
  const args = ['feed.cjs', '--subscription=events', '--topic=events', '--health=0'];
  const { PATH } = process.env;
  const env = { PATH, METADATA_SERVER_DETECTION: 'none', ...around.environment };
  const child = spawn(process.execPath, args, { cwd: image, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const [line] = await once(createInterface(child.stdout), 'line');
  const { message, healthPort } = JSON.parse(String(line)) as { message: string; healthPort: number };
  expect(message).toBe('pulls');

  vi.stubEnv('PUBSUB_EMULATOR_HOST', around.environment['PUBSUB_EMULATOR_HOST']);
  const client = new PubSub({ projectId: PROJECT });
  const { data, attributes } = JSON.parse(String((await WAKERS['feed']!(around, 'pulled')).body)).message;
  await client.topic('events').publishMessage({ data: Buffer.from(data, 'base64'), attributes });
  const health = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${healthPort}/healthz`)).json();
  await expect.poll(health, { timeout: 10_000 }).toMatchObject({ done: 1, failed: 0 });
  expect(await around.effects()).toContain('entities/probe/entityItems/k');
  await client.close();
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
});

it('There is no image where nothing is pulled', async () => {
  await buildWorkers(ROOT, folder, []);
  expect(existsSync(join(folder, 'worker'))).toBe(false);
});

interface Container {
  readonly args: readonly string[];
  readonly livenessProbe: { readonly httpGet: { readonly path: string; readonly port: number } };
}

it('The manifest for Kubernetes names what there is: options, the probe, and a time to drain in', () => {
  const text = readFileSync(join(ROOT, 'services/worker/gke.yaml'), 'utf8');
  const resources = parseAllDocuments(text).map(document => document.toJS());
  expect(resources.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
    'v1 ServiceAccount',
    'apps/v1 Deployment',
    'autoscaling/v2 HorizontalPodAutoscaler',
  ]);
  const [, { spec, metadata }, scaler] = resources;
  const { terminationGracePeriodSeconds: grace, containers } = spec.template.spec;
  const [file, ...options] = (containers[0] as Container).args;
  const values = Object.fromEntries(options.map(option => option.slice(2).split('='))) as Values;
  expect(Object.keys(OPTIONS)).toEqual(expect.arrayContaining(Object.keys(values)));
  const settings = settingsOf(values, { step: String(file).replace('.cjs', ''), project: 'p' });
  const { path, port } = (containers[0] as Container).livenessProbe.httpGet;
  expect([path, port]).toEqual(['/healthz', settings.healthPort]);
  expect(grace).toBeGreaterThan(settings.drain);
  expect(existsSync(join(ROOT, 'functions', settings.step))).toBe(true);
  expect(scaler.spec.scaleTargetRef.name).toBe(metadata.name);
  expect(text).toContain(`subscription_id: ${settings.subscription.split('/').at(-1)} }`);
});
