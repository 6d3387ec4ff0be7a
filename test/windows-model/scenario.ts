import type { EventBatch, PipelineEvent } from '../../shared/batches/batch.ts';
import type { Pipeline, WindowSpec } from '../../shared/pipelines/pipeline.ts';
import { FORMS, formsOf, KINDS, type Kind } from './forms.ts';
import { pick, type Random } from './schedule.ts';

/** What comes in, in whatever order and however often. */
export interface Scenario {
  readonly batches: readonly Sent[];
  readonly uploads: ReadonlyMap<string, number>;
}

export interface Sent {
  readonly batch: EventBatch;
  readonly pipeline: Pipeline;
}

const SECOND = 1000;

/** A pipeline with two windows of different sizes, or with others. */
export function pipelineOf(
  lanes: number,
  lateness: number,
  version = `lanes-${lanes}`,
  horizon?: number,
  forms: readonly Partial<WindowSpec>[] = FORMS.slice(0, 2),
): Pipeline {
  const window = { lateness, retention: 300, lanes, key: ['key'], values: { value: ['value'] } };
  return {
    name: 'model',
    description: '',
    version,
    schema: {},
    ...(horizon !== undefined && { id: ['id'], horizon }),
    time: { path: ['time'], unit: 'ms', maximalSkew: 60 },
    key: ['key'],
    joins: [],
    windows: forms.map(form => ({ ...window, ...form }) as WindowSpec),
    rules: [],
    feed: { sample: 0, ttl: 60, entities: false },
  };
}

export function eventOf(
  id: string,
  source: string,
  time: number,
  key: string,
  value: number | null,
): PipelineEvent {
  return {
    specversion: '1.0',
    id,
    source,
    type: 'model',
    time: new Date(time).toISOString(),
    partitionkey: key,
    data: { key, value },
  };
}

const VALUES = [0.1, 0.2, 0.3, 1e16, -1e16, 1, 7, null];

/** @param kind of the windows; any where it is left out */
export function scenarioOf(random: Random, kind: Kind = pick(random, KINDS)): Scenario {
  const lateness = pick(random, [0, 10]);
  // Some pipelines recognise repetitions: then batches bring events that others have brought.
  const horizon = random() < 0.4 ? 3600 : undefined;
  const forms = formsOf(kind).filter(() => random() < 0.7);
  const versions = [1, 2, 3].map(lanes => pipelineOf(lanes, lateness, `lanes-${lanes}`, horizon, forms));
  // Some change what their windows count while events flow. (Where a repetition counts would then be a matter of luck.)
  if (horizon === undefined && random() < 0.3) {
    versions.push(
      pipelineOf(
        2,
        lateness,
        'plain',
        undefined,
        forms.map(form => ({ ...form, values: {} })),
      ),
    );
  }
  const known: PipelineEvent[] = [];
  const usual = pick(random, versions);
  const kinds = pick(random, [
    ['live'],
    ['upload'],
    ['live', 'upload'],
    ['live', 'live', 'upload', 'upload2'],
  ]);
  const uploads = new Map<string, number>();
  const batches = Array.from({ length: 2 + Math.floor(random() * 5) }, (_, number): Sent => {
    const kind = pick(random, kinds);
    const source = kind === 'live' ? `s${Math.floor(random() * 2)}` : kind;
    const events = Array.from({ length: Math.floor(random() * 4) }, (_, at) =>
      eventOf(
        `${number}-${at}`,
        source,
        Math.floor(random() * 45 * SECOND),
        pick(random, ['a', 'b']),
        pick(random, VALUES),
      ),
    );
    if (horizon !== undefined) {
      for (let more = Math.floor(random() * 3); more > 0 && known.length > 0; more--)
        events.push(pick(random, known));
      known.push(...events);
    }
    // Now and then a batch is still under another version of the pipeline, which asks for other lanes.
    const pipeline = random() < 0.2 ? pick(random, versions) : usual;
    const rejected = Math.floor(random() * 2);
    if (kind !== 'live') uploads.set(kind, (uploads.get(kind) ?? 0) + events.length + rejected);
    return {
      pipeline,
      batch: {
        id: `batch-${number}-${Math.floor(random() * 1000)}`,
        pipeline: pipeline.name,
        version: pipeline.version,
        ...(kind !== 'live' && { upload: kind }),
        records: events.length + rejected,
        events,
      },
    };
  });
  return { batches, uploads };
}
