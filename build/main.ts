import { join, relative, resolve } from 'node:path';
import { createProgress } from '../cli/progress.ts';
import { runScript } from '../cli/script.ts';
import { count, table } from '../cli/terminal.ts';
import { buildArchives, MAX_BYTES, type Manifest } from './archives.ts';
import { writePipelines } from './pipelines.ts';
import { buildWorkers, WORKERS } from './workers.ts';

const ROOT = resolve(import.meta.dirname, '..');
const HELP = `Usage: npm run build -- [--out DIR] [--json]

Builds what Terraform uploads: one archive per step, named by its hash, with manifest.json, and the compiled pipelines;
what it declares in BigQuery; and in ${WORKERS}/ what an image of the workers is made of, where a trigger is pulled. The
same sources give the same files, byte for byte.

Options:
  --out DIR  Where to put them; dist unless told
  --json     For scripts: the manifest on standard output, nothing else
  --help     This text

Exit codes: 0 done, 1 failed or an archive is over ${count(MAX_BYTES)} bytes, 2 wrong use.`;

function report(
  manifest: Manifest,
  objects: readonly string[],
  workers: readonly string[],
  folder: string,
): string {
  const rows = Object.entries(manifest).map(([step, { file, bytes }]) => [step, bytes, file] as const);
  const cells = rows.map(([step, bytes, file]) => [step, Math.round(bytes / 1000), file]);
  const where = `in ${relative(process.cwd(), folder) || '.'}`;
  const pulled = workers.length > 0 ? `\n${workers.join(', ')} for an image of workers in ${WORKERS}/` : '';
  return `${table(['step', 'kB', where], cells)}\n${objects.length} objects of compiled pipelines in pipelines/${pulled}`;
}

const OPTIONS = {
  out: { type: 'string', default: join(ROOT, 'dist') },
  json: { type: 'boolean', default: false },
} as const;

await runScript(HELP, OPTIONS, async ({ out, json }) => {
  const folder = resolve(out);
  const progress = createProgress('Building');
  const manifest = await buildArchives(ROOT, folder, (step, done, of) => progress.update(done / of, step));
  const objects = writePipelines(ROOT, folder);
  const workers = await buildWorkers(ROOT, folder);
  progress.done();
  console.log(json ? JSON.stringify(manifest) : report(manifest, objects, workers, folder));
  const large = Object.entries(manifest).filter(([, { bytes }]) => bytes > MAX_BYTES);
  for (const [step, { bytes }] of large) {
    console.error(
      `The archive of ${step} has ${count(bytes)} bytes; expected at most ${count(MAX_BYTES)}. Look at what its imports bring along.`,
    );
  }
  return large.length > 0 ? 1 : 0;
});
