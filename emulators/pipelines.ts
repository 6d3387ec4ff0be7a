import { watch } from 'node:fs';
import { type LoadedPipelines, loadPipelines, PipelineError } from '../shared/pipelines/load.ts';
import { objectNames } from '../shared/pipelines/objects.ts';
import type { Log } from './functions/log.ts';

/** An editor may save in several steps, and a table is copied in pieces. */
const SETTLE_MS = 200;

export interface FollowedPipelines {
  /** As they are now. */
  readonly pipelines: LoadedPipelines['pipelines'];
  stop(): void;
}

/**
 * Deploys the pipelines of a folder again whenever a file of it changes, reference data too: what is new in them, pointers
 * last, as a deployment does. Batches under way keep the version they bear. Of a change that is wrong the log says why, and
 * what was there before stays in force; so does a pipeline whose file is gone.
 * @param start as they are deployed already
 */
export function followPipelines(
  folder: string,
  start: LoadedPipelines,
  deploy: (objects: ReadonlyMap<string, string>) => Promise<void>,
  log: Log,
): FollowedPipelines {
  let now = start;
  let working = Promise.resolve();
  let stopped = false;
  const reload = async (): Promise<void> => {
    try {
      const next = loadPipelines(folder);
      const fresh = [...next.objects].filter(([name, content]) => now.objects.get(name) !== content);
      await deploy(new Map(fresh));
      const names = new Set(fresh.map(([name]) => name));
      const changed = next.pipelines.filter(({ name }) => names.has(objectNames.current(name)));
      now = next;
      for (const { name, version } of changed) {
        const message = `pipelines/${name}.yaml or its reference data has changed: events are judged by version ${version} within 5 s.`;
        log({ severity: 'INFO', message, fields: {} });
      }
    } catch (error) {
      if (stopped) return;
      const why =
        error instanceof PipelineError ? error.message : `pipelines/ cannot be read: ${String(error)}`;
      log({ severity: 'ERROR', message: `${why}\nThe pipelines from before stay in force.`, fields: {} });
    }
  };
  let settling: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { persistent: false, recursive: true }, (_, changed) => {
    if (!changed?.match(/\.(yaml|yml|csv|sql)$/)) return;
    clearTimeout(settling);
    settling = setTimeout(() => {
      working = working.then(reload);
    }, SETTLE_MS);
  });
  return {
    get pipelines() {
      return now.pipelines;
    },
    stop: () => {
      stopped = true;
      clearTimeout(settling);
      watcher.close();
    },
  };
}
