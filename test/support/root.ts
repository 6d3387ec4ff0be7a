import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './suite.ts';

/** The repository with more triggers, as somebody's own would have them; gone when disposed of. */
export interface OwnRoot extends Disposable {
  readonly root: string;
  /** Its folder of pipelines, which holds only the files given. */
  readonly pipelines: string;
}

/**
 * @param triggers lines to add to eventarc/triggers.yaml
 * @param files contents by their path in pipelines/
 * @param topics lines to add to eventarc/topics.yaml
 * @param index files that stand in the place of the index.ts of steps, by the step
 */
export function ownRoot(
  triggers: string,
  files: Readonly<Record<string, string>>,
  topics = '',
  index: Readonly<Record<string, string>> = {},
): OwnRoot {
  const root = mkdtempSync(join(tmpdir(), 'millrace-root-'));
  for (const entry of readdirSync(ROOT)) {
    if (!['eventarc', 'pipelines', 'functions'].includes(entry))
      symlinkSync(join(ROOT, entry), join(root, entry));
  }
  mkdirSync(join(root, 'eventarc'));
  for (const [file, more] of Object.entries({ 'triggers.yaml': triggers, 'topics.yaml': topics })) {
    const written = readFileSync(join(ROOT, 'eventarc', file), 'utf8');
    writeFileSync(join(root, 'eventarc', file), written + more);
  }
  mkdirSync(join(root, 'functions'));
  for (const step of readdirSync(join(ROOT, 'functions'))) {
    const folder = join(root, 'functions', step);
    if (index[step] === undefined) symlinkSync(join(ROOT, 'functions', step), folder);
    else {
      mkdirSync(folder);
      symlinkSync(join(ROOT, 'functions', step, 'function.yaml'), join(folder, 'function.yaml'));
      symlinkSync(index[step], join(folder, 'index.ts'));
    }
  }
  const pipelines = join(root, 'pipelines');
  mkdirSync(pipelines);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(pipelines, path)), { recursive: true });
    writeFileSync(join(pipelines, path), content);
  }
  return { root, pipelines, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}
