import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checked, readChecked } from '../shared/yaml/checked.ts';
import functionSchema from './schemas/function.schema.json' with { type: 'json' };
import topicsSchema from './schemas/topics.schema.json' with { type: 'json' };
import triggersSchema from './schemas/triggers.schema.json' with { type: 'json' };
import type { Guarantees, WorkerTrigger } from './wiring.ts';

/** The files as written, checked against their schemas only. */
export interface Sources {
  readonly triggers: Checked<Record<string, RawTrigger>>;
  readonly topics: Checked<Record<string, RawTopic>>;
  /** By folder name. */
  readonly steps: ReadonlyMap<string, Checked<RawStep>>;
}

export interface RawTrigger {
  step: string;
  event?: string;
  topic?: string;
  by?: 'push' | WorkerTrigger['by'];
  ordered?: true;
  where?: Record<string, string>;
  retry?: { attempts?: number; min?: string; max?: string };
  schedule?: string;
  timeZone?: string;
  http?: true;
  queue?: string;
}

export interface RawTopic {
  description: string;
  retention?: string;
  routed?: true;
  readBy?: string;
}

export interface RawStep {
  description: string;
  memory: string;
  timeout: string;
  concurrency: number;
  instances: { min?: number; max: number };
  roles: { role: string; on: string }[];
  publishes?: string[];
  writes?: string[];
  environment?: Record<string, string>;
  guarantees: Guarantees;
}

/** Whether a worker pulls the trigger's events, rather than that something calls the step. */
export const isPulled = ({ by }: Pick<RawTrigger, 'by'>): boolean => by !== undefined && by !== 'push';

/** Reads root/eventarc/{triggers,topics}.yaml and root/functions/<step>/function.yaml. A missing file reads as empty. */
export function readSources(root: string): Sources {
  const functions = join(root, 'functions');
  const folders = existsSync(functions) ? readdirSync(functions).sort() : [];
  const steps = folders.filter(folder => existsSync(join(functions, folder, 'function.yaml')));
  return {
    triggers: read(root, 'eventarc/triggers.yaml', triggersSchema),
    topics: read(root, 'eventarc/topics.yaml', topicsSchema),
    steps: new Map(steps.map(step => [step, read(root, `functions/${step}/function.yaml`, functionSchema)])),
  };
}

function read<T>(root: string, file: string, schema: object): Checked<T> {
  const path = join(root, file);
  return readChecked<T>(file, existsSync(path) ? readFileSync(path, 'utf8') : '', schema);
}
