import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { loadWiring } from '../eventarc/load.ts';
import { pulledSteps } from '../eventarc/steps.ts';
import { tasksClient } from './tasks-client.ts';

/** Below the folder of the build: what an image of all workers is made of. */
export const WORKERS = 'worker';

/**
 * Bundles each step that a worker pulls for with the worker, as STEP.cjs, beside the Dockerfile that makes an image of them.
 * Unlike an archive they are whole: an image is pulled once and starts seldom.
 * @param root absolute path of the checkout
 * @returns the steps' names
 * @throws WiringError, esbuild's BuildFailure
 */
export async function buildWorkers(
  root: string,
  folder: string,
  steps: readonly string[] = pulledSteps(loadWiring(root)).map(({ name }) => name),
): Promise<readonly string[]> {
  const target = join(folder, WORKERS);
  rmSync(target, { recursive: true, force: true });
  if (steps.length === 0) return steps;
  mkdirSync(target, { recursive: true });
  copyFileSync(join(root, 'services/worker/Dockerfile'), join(target, 'Dockerfile'));
  for (const step of steps) {
    const { outputFiles } = await build({
      absWorkingDir: root,
      stdin: {
        contents: `import './functions/${step}/index.ts'; import { main } from './services/worker/main.ts'; void main('${step}');`,
        resolveDir: root,
        loader: 'ts',
      },
      outfile: `${step}.cjs`,
      write: false,
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'cjs',
      plugins: [tasksClient],
      minify: true,
      legalComments: 'external',
      preserveSymlinks: true,
      logLevel: 'silent',
    });
    for (const { path, contents } of outputFiles) {
      const ending = path.endsWith('.LEGAL.txt') ? 'LICENCES.txt' : 'cjs';
      writeFileSync(join(target, `${step}.${ending}`), contents);
    }
  }
  return steps;
}
