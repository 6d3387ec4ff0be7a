import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadWiring } from '../eventarc/load.ts';
import { calledSteps } from '../eventarc/steps.ts';
import { sha256, zip } from './archive.ts';
import { bundle } from './bundle.ts';
import { frameworkVersion, packageJson } from './package-json.ts';

/** manifest.json: what Terraform reads, by the step's name, which is also the name of the function. */
export type Manifest = Readonly<Record<string, Archive>>;

export interface Archive {
  /** Beside the manifest: STEP-HASH.zip, the hash being the first 16 digits of `sha256`. */
  readonly file: string;
  /** 64 hex digits. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Larger ones start slowly, and mean that something came along which no step needs. */
export const MAX_BYTES = 750_000;
const MANIFEST = 'manifest.json';
const HASH_DIGITS = 16;

/**
 * Builds the archive of every step that something calls into a folder, with its manifest; archives of earlier builds there go.
 * @param root absolute path of the checkout
 * @throws WiringError, esbuild's BuildFailure
 */
export async function buildArchives(
  root: string,
  folder: string,
  onStep: (step: string, done: number, of: number) => void = () => {},
): Promise<Manifest> {
  const steps = calledSteps(loadWiring(root)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  mkdirSync(folder, { recursive: true });
  const manifest: Record<string, Archive> = {};
  for (const [done, step] of steps.entries()) {
    onStep(step.name, done, steps.length);
    const archive = await archiveOf(root, step);
    const hash = sha256(archive);
    const file = `${step.name}-${hash.slice(0, HASH_DIGITS)}.zip`;
    writeFileSync(join(folder, file), archive);
    manifest[step.name] = { file, sha256: hash, bytes: archive.byteLength };
  }
  // Last: whoever sees the manifest must find what it names.
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  removeOthers(folder, manifest);
  return manifest;
}

/**
 * The archive of one step, the same bytes wherever and whenever it is made.
 * @throws esbuild's BuildFailure
 */
export async function archiveOf(root: string, step: Parameters<typeof bundle>[1]): Promise<Uint8Array> {
  const { code, licences } = await bundle(root, step);
  return zip({
    'LICENCES.txt': licences,
    'index.cjs': readFileSync(join(import.meta.dirname, 'start/index.cjs')),
    'package.json': Buffer.from(packageJson(step.name, frameworkVersion(root))),
    'step.js': code,
  });
}

/** Only what a build has made: the folder may hold other things. */
function removeOthers(folder: string, manifest: Manifest): void {
  const kept = new Set(Object.values(manifest).map(({ file }) => file));
  for (const file of readdirSync(folder)) {
    if (/^[a-z][a-z0-9-]*-[0-9a-f]{16}\.zip$/.test(file) && !kept.has(file)) rmSync(join(folder, file));
  }
}
