import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BIGQUERY_FILE, type Declared } from '../../build/bigquery.ts';
import { compareStates, type State } from './compare.ts';
import { type Deployment, SETTINGS } from './deployment.ts';
import { schema } from './files.ts';
import { checkOrder, slowness } from './order.ts';
import { serveSchema } from './provider/server.ts';

/** The version on the PATH, or undefined where Terraform is not installed. */
export function terraformVersion(): string | undefined {
  const { status, stdout } = spawnSync('terraform', ['version', '-json'], {
    encoding: 'utf8',
    env: environment(),
  });
  return status === 0 ? (JSON.parse(stdout) as { terraform_version: string }).terraform_version : undefined;
}

/** No word home, no questions, and none of the settings that whoever runs this has for real clouds. */
function environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return {
    PATH,
    HOME,
    TMPDIR,
    TF_CLI_CONFIG_FILE: '/dev/null',
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    ...more,
  };
}

/** One of the commands that were run. */
export interface Step {
  readonly name: string;
  /** What is wrong; nothing when all is well. */
  readonly problems: readonly string[];
}

/**
 * Runs Terraform itself on a copy of the checkout, with the schema in place of the provider: format, validation, its tests,
 * and an apply of both roots, whose state must be what our own evaluation of the same files says.
 * @param root the copy, as `deploymentOf` has left it
 * @param whole else format and validation alone: its tests and the applies take long
 */
export async function runTerraform(root: string, deployment: Deployment, whole: boolean): Promise<Step[]> {
  const provider = await serveSchema(schema, slowness);
  const main = join(root, 'terraform');
  const delivery = join(main, 'delivery');
  const dist = join(root, 'dist');
  const run = (folder: string, ...args: string[]): Promise<Result> =>
    execute(folder, args, {
      TF_REATTACH_PROVIDERS: provider.reattach,
      TF_VAR_dist: dist,
      TF_VAR_worker_image: String(SETTINGS['worker_image']),
      TF_VAR_outputs: join(dist, 'outputs.json'),
    });
  const quietly = ['-no-color'];
  const settings = Object.entries(SETTINGS).map(([name, value]) => `-var=${name}=${value}`);
  const steps: Step[] = [];
  const did = (name: string, { code, output }: Result): void => {
    steps.push({ name, problems: code === 0 ? [] : [output] });
  };
  const state = async (folder: string): Promise<State> =>
    JSON.parse((await run(folder, 'show', '-json')).output) as State;
  try {
    did('fmt -check', await run(main, 'fmt', '-check', '-recursive', ...quietly));
    for (const [folder, name] of [
      [main, 'terraform'],
      [delivery, 'terraform/delivery'],
    ] as const) {
      did(`init ${name}`, await run(folder, 'init', '-backend=false', ...quietly));
      did(`validate ${name}`, await run(folder, 'validate', ...quietly));
    }
    if (!whole) return steps;
    did('test', await run(main, 'test', ...quietly));
    const before = provider.applied.length;
    did(
      'apply terraform',
      await run(main, 'apply', '-auto-approve', '-parallelism=50', ...quietly, ...settings),
    );
    steps.push({ name: 'order of the apply', problems: checkOrder(provider.applied.slice(before)) });
    steps.push({ name: 'state of terraform', problems: compareStates(await state(main), deployment.main) });
    writeFileSync(join(dist, 'outputs.json'), (await run(main, 'output', '-json')).output);
    did('apply terraform/delivery', await run(delivery, 'apply', '-auto-approve', ...quietly));
    steps.push({
      name: 'state of terraform/delivery',
      problems: compareStates(await state(delivery), deployment.delivery, ['id', 'topic']),
    });
    did(
      'second plan changes nothing',
      await run(main, 'plan', '-detailed-exitcode', ...quietly, ...settings),
    );
    loseColumns(join(dist, BIGQUERY_FILE));
    did(
      'a build with fewer columns changes no table',
      await run(main, 'plan', '-detailed-exitcode', ...quietly, ...settings),
    );
  } finally {
    provider.close();
  }
  return steps;
}

/** As a build of earlier files has it, to which somebody rolls back. */
function loseColumns(file: string): void {
  const declared = JSON.parse(readFileSync(file, 'utf8')) as Declared;
  const tables = Object.entries(declared.tables).map(([name, spec]) => [
    name,
    { ...spec, columns: spec.columns.slice(0, -1) },
  ]);
  writeFileSync(file, JSON.stringify({ ...declared, tables: Object.fromEntries(tables) }));
}

interface Result {
  readonly code: number;
  readonly output: string;
}

function execute(folder: string, args: readonly string[], more: NodeJS.ProcessEnv): Promise<Result> {
  const options = { cwd: folder, env: environment(more), maxBuffer: 64 << 20 };
  return new Promise(resolve => {
    execFile('terraform', args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}
