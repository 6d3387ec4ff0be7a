import { type BuildOptions, build } from 'esbuild';
import { type Bundled, leaveOut } from './leave-out.ts';
import { protoLoader } from './proto-loader.ts';
import { tasksClient } from './tasks-client.ts';
import { withoutFetch } from './without-fetch.ts';

/** It keeps a registry of the functions: a bundled copy would not be the one that serves them. */
export const FRAMEWORK = '@google-cloud/functions-framework';

export interface Bundle {
  /** CommonJS: the Google clients read `__dirname`, which a module bundle has not. */
  readonly code: Uint8Array;
  /** Notices of the bundled packages, as their licences ask for. */
  readonly licences: Uint8Array;
}

/** How the code of a step is bundled, whatever its entry. @param root absolute path of the checkout */
export function settings(root: string, step: Bundled) {
  return {
    absWorkingDir: root,
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    external: [FRAMEWORK],
    plugins: [leaveOut(step), tasksClient, protoLoader, withoutFetch],
    minify: true,
    legalComments: 'external',
    // A linked node_modules must not show where it really lies.
    preserveSymlinks: true,
    logLevel: 'silent',
  } satisfies BuildOptions;
}

/**
 * Bundles functions/STEP/index.ts with all it needs but the functions framework. The same sources give the same bytes,
 * whatever folder they lie in. Without a source map: it would be as large again and slow down every start.
 * @param root absolute path of the checkout
 * @throws esbuild's BuildFailure, which names file and line
 */
export async function bundle(root: string, step: Bundled): Promise<Bundle> {
  const entry = { entryPoints: [`functions/${step.name}/index.ts`], outfile: 'index.js' };
  const { outputFiles } = await build({ ...settings(root, step), ...entry });
  const contents = (ending: string): Uint8Array =>
    outputFiles.find(file => file.path.endsWith(ending))?.contents ?? new Uint8Array();
  return { code: contents('index.js'), licences: contents('.LEGAL.txt') };
}
