import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { checkMirrors } from '../eventarc/check-mirrors.ts';
import { checkRoutes } from '../eventarc/check-routes.ts';
import { loadWiring } from '../eventarc/load.ts';
import { loadMirrors, MirrorError } from '../shared/mirrors/load.ts';
import { loadPipelines, PipelineError } from '../shared/pipelines/load.ts';
import { BIGQUERY_FILE, declare } from './bigquery.ts';

const FOLDER = 'pipelines';

/**
 * Compiles every pipeline and mirror into the objects of the pipelines bucket, each a file folder/pipelines/OBJECT: Terraform cannot
 * compile, but it can upload. Objects of earlier builds go: what a deployment has uploaded stays in the bucket. Into
 * folder/bigquery.json go the tables and views that belong to them.
 * @param root absolute path of the checkout
 * @returns the names of the objects, the pointers last
 * @throws WiringError, PipelineError, MirrorError
 */
export function writePipelines(root: string, folder: string): string[] {
  const mirrors = loadMirrors(join(root, FOLDER));
  const loaded = loadPipelines(join(root, FOLDER));
  const wiring = loadWiring(root);
  const astray = checkRoutes(loaded, wiring);
  if (astray.length > 0) throw new PipelineError(astray);
  const unwoken = checkMirrors(mirrors, wiring);
  if (unwoken.length > 0) throw new MirrorError(unwoken);
  const objects = new Map([...mirrors.objects, ...loaded.objects]);
  const to = join(folder, FOLDER);
  for (const [name, content] of objects) {
    const file = join(to, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  removeOthers(to, objects);
  writeFileSync(join(folder, BIGQUERY_FILE), JSON.stringify(declare(loaded.pipelines, mirrors.mirrors)));
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
