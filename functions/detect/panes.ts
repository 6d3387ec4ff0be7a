import type { Firestore } from '@google-cloud/firestore';
import type { PipelineStore } from '../../shared/pipelines/store.ts';
import { evidenceIn, type RuleName, record } from './evidence.ts';
import { judge } from './judge.ts';

/** A window's pane that has changed. */
export interface ChangedPane {
  readonly pipeline: string;
  readonly window: string;
  /** ms since the epoch. */
  readonly start: number;
  /** Of its document. */
  readonly path: string;
}

/** Transactions of one rule may meet when panes come by the dozen; each try waits longer. */
const ATTEMPTS = 20;

/** Window and start; behind them the shape where another definition had the window first. */
const PANE = /^windows\/([^/]+)\/panes\/([^/~]+)~([^/~]+)(?:~[0-9a-f]{8})?$/;

/** The pane of a document's path; undefined for further parts of a pane, which are written together with its first. */
export function changedPane(document: string): ChangedPane | undefined {
  const [, pipeline, window, date = ''] = PANE.exec(document) ?? [];
  const start = Date.parse(date);
  return pipeline === undefined || window === undefined || Number.isNaN(start)
    ? undefined
    : { pipeline, window, start, path: document };
}

/**
 * Judges changed panes of one window of one pipeline by its level rules.
 * @returns how many alerts are new
 */
export async function judgePanes(
  firestore: Firestore,
  pipelines: PipelineStore,
  panes: readonly ChangedPane[],
  now: () => Date,
): Promise<number> {
  const { pipeline, window } = panes[0]!;
  const references = panes.map(pane => firestore.doc(pane.path));
  const heads = await firestore.getAll(...references, { fieldMask: ['version', 'timing'] });
  const complete = panes.filter((_, at) => heads[at]!.exists && heads[at]!.get('timing') !== 'early');
  const rules = new Set<string>();
  for (const version of new Set(
    heads.flatMap(head => (head.exists ? [head.get('version') as string] : [])),
  )) {
    const { levels = [] } = await pipelines.of(pipeline, version);
    for (const level of levels) if (level.window === window) rules.add(level.name);
  }
  const starts = complete.map(({ start }) => start).sort((a, b) => a - b);
  let opened = 0;
  for (const rule of rules)
    opened += await judgeRule(firestore, pipelines, { pipeline, window, rule }, starts, now);
  return opened;
}

/** One transaction after the other, until all that has changed is judged, and all that follows from it. */
async function judgeRule(
  firestore: Firestore,
  pipelines: PipelineStore,
  name: RuleName,
  starts: readonly number[],
  now: () => Date,
): Promise<number> {
  const versions = (version: string) => pipelines.of(name.pipeline, version);
  let changed = starts;
  let opened = 0;
  while (changed.length > 0) {
    const done = await firestore.runTransaction(
      async transaction => {
        const judged = await judge(evidenceIn(firestore, transaction, name, versions), changed);
        return { judged, opened: await record(firestore, transaction, name, versions, judged, now()) };
      },
      { maxAttempts: ATTEMPTS },
    );
    const { covered, pending } = done.judged;
    opened += done.opened;
    changed = [...changed.filter(start => start > covered), ...pending];
  }
  return opened;
}
