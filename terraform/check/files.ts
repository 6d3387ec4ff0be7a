import { createHash } from 'node:crypto';
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePipelines } from '../../build/pipelines.ts';
import type { ProviderSchema } from './schema.ts';

export const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, 'schema.json'), 'utf8'),
) as ProviderSchema;

/** What Terraform reads of a checkout. */
const INPUTS = ['terraform', 'eventarc', 'pipelines'];
/** Besides the checks: what belongs to somebody's own deployment. */
const NOT_COPIED = /\/check(\/|$)|\.terraform|\.tfstate|\.tfvars|_override\.tf$/;

/** A copy to work or to break things in. @param from absolute path of a checkout */
export function copyInputs(from: string, to: string): void {
  for (const folder of INPUTS) {
    cpSync(join(from, folder), join(to, folder), {
      recursive: true,
      filter: path => !NOT_COPIED.test(path.slice(from.length)),
    });
  }
  for (const file of globSync('functions/*/function.yaml', { cwd: from }))
    cpSync(join(from, file), join(to, file));
}

/** Stands for what npm run build writes: archives are named but not made, since no check looks into them. */
export function writeDist(root: string): { readonly dist: string; readonly objects: readonly string[] } {
  const dist = join(root, 'dist');
  mkdirSync(dist, { recursive: true });
  const objects = writePipelines(root, dist);
  const steps = globSync('functions/*/function.yaml', { cwd: root }).map(file => file.split('/')[1] ?? '');
  const entries = steps.map(step => {
    const sha256 = createHash('sha256').update(step).digest('hex');
    return [step, { file: `${step}-${sha256.slice(0, 16)}.zip`, sha256, bytes: 0 }] as const;
  });
  writeFileSync(join(dist, 'manifest.json'), JSON.stringify(Object.fromEntries(entries)));
  return { dist, objects };
}
