import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadPipelines, PipelineError } from './load.ts';

/** Lines that every pipeline needs; more follow from line 5 on. */
export const HEAD = `description: For tests
schema: { type: object, properties: { at: { type: integer }, name: { type: string }, size: { type: number }, tags: { type: array, items: { type: object, properties: { weight: { type: number } } } } } }
time: { field: at }
key: name
`;

export const TABLE = { 'reference/places.csv': 'code,town,country\nbe,Bern,CH\n' };

/** Writes files into a folder of their own, loads it as pipelines/, and takes it away. */
export function load(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-pipelines-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return loadPipelines(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The lines of the error that loading ends with; none where it works. */
export function faultsOf(files: Readonly<Record<string, string>>): string[] {
  try {
    load(files);
    return [];
  } catch (error) {
    if (error instanceof PipelineError) return error.message.split('\n');
    throw error;
  }
}
