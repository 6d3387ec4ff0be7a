import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BIGQUERY_FILE, type Declared } from '../../build/bigquery.ts';
import { loadWiring } from '../../eventarc/load.ts';
import type { Wiring } from '../../eventarc/wiring.ts';
import { schema, writeDist } from './files.ts';
import { readFiles } from './hcl/files.ts';
import { evaluateRoot, type Instance } from './hcl/module.ts';

/** Everything that both roots make of a checkout, and the wiring they should have made it from. */
export interface Deployment {
  readonly wiring: Wiring;
  readonly project: string;
  readonly region: string;
  readonly databaseLocation: string;
  /** Names of the compiled pipelines' objects. */
  readonly objects: readonly string[];
  /** Tables and views, as the build has left them. */
  readonly declared: Declared;
  /** terraform/ */
  readonly main: readonly Instance[];
  /** terraform/delivery/, after the first. */
  readonly delivery: readonly Instance[];
}

export interface Settings {
  readonly project: string;
  readonly region: string;
  readonly firestore_location?: string;
  readonly [variable: string]: unknown;
}

export const SETTINGS: Settings = {
  project: 'demo-millrace',
  region: 'europe-west4',
  worker_image: `europe-west4-docker.pkg.dev/demo-millrace/millrace/worker@sha256:${'0'.repeat(64)}`,
};

/**
 * Evaluates both roots of a checkout, or of a copy with what Terraform reads of it.
 * @param root absolute path; writes into root/dist
 * @throws WiringError, PipelineError, or an Error that names the place in Terraform's files
 */
export async function deploymentOf(root: string, settings: Settings = SETTINGS): Promise<Deployment> {
  const wiring = loadWiring(root);
  const { dist, objects } = writeDist(root);
  const main = evaluateRoot(await readFiles(join(root, 'terraform')), { ...settings, dist }, schema);
  const outputs = join(dist, 'outputs.json');
  writeFileSync(outputs, JSON.stringify({ delivery: { value: main.outputs['delivery'] } }));
  const delivery = evaluateRoot(await readFiles(join(root, 'terraform/delivery')), { outputs }, schema);
  const declared = JSON.parse(readFileSync(join(dist, BIGQUERY_FILE), 'utf8')) as Declared;
  const { project, region, firestore_location: databaseLocation = region } = settings;
  return {
    wiring,
    project,
    region,
    databaseLocation,
    objects,
    declared,
    main: main.instances,
    delivery: delivery.instances,
  };
}
