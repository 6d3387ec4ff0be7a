import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { loadPipelines } from '../shared/pipelines/load.ts';

const FOLDER = 'pipelines';

/**
 * Compiles every pipeline into the objects of the pipelines bucket, each a file folder/pipelines/OBJECT: Terraform cannot
 * compile, but it can upload. Objects of earlier builds go: what a deployment has uploaded stays in the bucket.
 * @param root absolute path of the checkout
 * @returns the names of the objects, the pointers last
 * @throws PipelineError
 */
export function writePipelines(root: string, folder: string): string[] {
  const { objects } = loadPipelines(join(root, FOLDER));
  const to = join(folder, FOLDER);
  for (const [name, content] of objects) {
    const file = join(to, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  removeOthers(to, objects);
  return [...objects.keys()];
}

function removeOthers(folder: string, kept: ReadonlyMap<string, string>): void {
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !kept.has(relative(folder, file))) rmSync(file);
  }
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '..');
  for (const name of writePipelines(root, join(root, 'dist'))) console.log(name);
}
