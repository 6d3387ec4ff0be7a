import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { startTasks } from '../emulators/tasks/server.ts';
import { settings } from './bundle.ts';
import type { Bundled } from './leave-out.ts';

const ROOT = resolve(import.meta.dirname, '..');
const PROGRAM = `
import { createTimers } from './shared/timers/timers.ts';
const timers = createTimers();
const set = () => timers.set({ queue: 'bells', name: ['a'], at: Date.now() + 60_000, data: {} });
set().then(async made => console.log(made, await set()), error => console.log(error.message))
  .finally(() => process.exit());
`;

it('lets the Cloud Tasks client work from one file, far from its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tasks-client-'));
  const step: Bundled = { name: 'any', roles: [{ role: 'roles/cloudtasks.enqueuer', on: 'project' }] };
  const { outputFiles } = await build({
    ...settings(ROOT, step),
    stdin: { contents: PROGRAM, resolveDir: ROOT, loader: 'ts' },
    legalComments: 'none',
  });
  const file = join(folder, 'program.cjs');
  writeFileSync(file, outputFiles[0]!.contents);
  const name = 'projects/demo/locations/local-1/queues/bells';
  const emulator = await startTasks({ queues: [{ name, target: () => undefined }] });
  const env = {
    GOOGLE_CLOUD_PROJECT: 'demo',
    GOOGLE_CLOUD_LOCATION: 'local-1',
    CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${emulator.port}`,
    METADATA_SERVER_DETECTION: 'none',
  };
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env, cwd: folder });
  await emulator.stop();
  rmSync(folder, { recursive: true });
  expect(stdout.trim()).toBe('true false');
});
