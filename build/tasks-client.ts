import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

const SOURCES = /node_modules\/@google-cloud\/tasks\/build\/esm\/src\//;
/** The version that steps use; the others bring descriptors of their own, and message classes in megabytes. */
const INDEX = new RegExp(`${SOURCES.source}index\\.js$`);
const ONLY_V2 = "export { CloudTasksClient } from './v2/index.js';";

/** The client reads its JSON files beside itself at run time, which an archive in one file has not. */
const CLIENT = new RegExp(`${SOURCES.source}v2/cloud_tasks_client\\.js$`);
const FOLDER = 'path.dirname(fileURLToPath(import.meta.url))';
const READ = /getJSON\(path\.join\(dirname, ([^)]*)\)\)/g;

/** Makes the Cloud Tasks client fit into a bundle. @throws when a new release of it is written in another way */
export const tasksClient: Plugin = {
  name: 'tasks-client',
  setup({ onLoad }) {
    onLoad({ filter: INDEX }, () => ({ contents: ONLY_V2 }));
    onLoad({ filter: CLIENT }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const files = [...source.matchAll(READ)];
      if (!source.includes(FOLDER) || files.length !== 3)
        throw new Error(`${path} reads its files in a new way: see build/tasks-client.ts.`);
      return {
        contents: source.replace(FOLDER, "''").replace(READ, (_call, parts) => `require(${fileOf(parts)})`),
      };
    });
  },
};

/** `'..', 'protos/protos.json'` as one path. */
function fileOf(parts: string): string {
  const segments = [...parts.matchAll(/'([^']*)'/g)].map(([, segment]) => segment);
  return JSON.stringify(`./${segments.join('/')}`);
}
