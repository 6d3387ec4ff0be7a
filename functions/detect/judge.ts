import type { LevelRule } from '../../shared/pipelines/pipeline.ts';
import {
  type Advanced,
  advance,
  decodeLevels,
  type Episode,
  encodeLevels,
  type LevelPane,
  type Levels,
} from './level.ts';

/** A pane as it stands, with the definition that it was counted by. */
export interface StoredPane extends LevelPane {
  /** Not complete yet: it says nothing of levels. */
  readonly early: boolean;
}

/** The rule's levels after a window, encoded. A window that leaves them as they were has no checkpoint. */
export interface Checkpoint {
  readonly start: number;
  readonly levels: string;
}

/** What judging one rule reads, all in one transaction. */
export interface Evidence {
  /** Windows from which on an earlier transaction has left the rest to the next one. */
  pending(): Promise<readonly number[]>;
  /** The last checkpoint before a start. */
  before(start: number): Promise<Checkpoint | undefined>;
  checkpoints(from: number, to: number): Promise<readonly Checkpoint[]>;
  /** Panes by their start, from one on. */
  panes(from: number, limit: number): Promise<readonly StoredPane[]>;
  /** The rule and the ms from one of its windows to the next, as a version has them; undefined where it has no such rule. */
  rule(version: string): Promise<{ readonly rule: LevelRule; readonly step: number } | undefined>;
}

/** What judging one rule writes. */
export interface Judgement {
  readonly save: readonly Checkpoint[];
  /** Checkpoints that say nothing any more. */
  readonly drop: readonly number[];
  /** Alerts as they stand now. */
  readonly alerts: readonly Episode[];
  /** Alerts that, as is known now, should never have been opened. */
  readonly retracted: readonly Episode[];
  readonly pending: readonly number[];
  /** Windows up to this start have been seen to. */
  readonly covered: number;
}

/** Panes of one transaction, about: far from what it may read, also with many keys. */
const MOST = 60;
const EMPTY = encodeLevels(new Map());

/**
 * Judges windows in the order of time, from the first that changed until all that follow would come out as they did before.
 * So it makes no difference in which order panes arrive, how often, or whether a late one changes the past: checkpoints and
 * alerts become those of all complete panes in order.
 * @param changed starts of windows whose panes have changed; those beyond `covered` are left to another transaction
 */
export async function judge(evidence: Evidence, changed: readonly number[], most = MOST): Promise<Judgement> {
  const pending = await evidence.pending();
  const wanted = [...changed, ...pending];
  let next = Math.min(...wanted);
  const outcome = createOutcome((await evidence.before(next))?.levels ?? EMPTY, next);
  let judgedTo = Number.NEGATIVE_INFINITY;
  const isWanted = (after: number, to: number) => wanted.some(start => start > after && start <= to);
  const left = (than: number) => pending.filter(start => start > than);
  for (let seen = 0, limit = 2; ; limit *= 2) {
    const page = await evidence.panes(next, limit);
    const last = page.at(-1)?.start ?? next;
    const known = new Map(
      (await evidence.checkpoints(next, last)).map(({ start, levels }) => [start, levels]),
    );
    for (const pane of page) {
      if (outcome.settled && judgedTo >= next && !isWanted(judgedTo, pane.start)) {
        return outcome.end(judgedTo, left(judgedTo));
      }
      if (pending.some(start => start > judgedTo && start <= pane.start)) outcome.forget();
      outcome.add(pane, known.get(pane.start), await judgePane(evidence, pane, outcome.levels));
      judgedTo = pane.start;
    }
    if (page.length < limit) return outcome.end(Number.POSITIVE_INFINITY, []);
    next = last + 1;
    seen += limit;
    if (seen >= most) return outcome.end(last, [next, ...left(next)]);
  }
}

/** Panes that say nothing, and those from before there was the rule, leave all as it is. */
async function judgePane(evidence: Evidence, pane: StoredPane, before: Levels): Promise<Advanced> {
  const known = pane.early ? undefined : await evidence.rule(pane.version);
  return known ? advance(known.rule, known.step, pane, before) : { levels: before, closed: [] };
}

/** Compares what comes out now with what came out before, window by window. */
function createOutcome(prior: string, from: number) {
  let now = prior;
  /** Undefined while it is not known: what it followed from has been written over. */
  let old: string | undefined = prior;
  let levels = decodeLevels(prior);
  const save: Checkpoint[] = [];
  const drop: number[] = [];
  const before = new Map<string, Episode>();
  const closed: Episode[] = [];
  const justified = new Set<string>();
  return {
    get levels() {
      return levels;
    },
    /** Whether what follows comes out as it did before, unless its own panes have changed. */
    get settled() {
      return now === old;
    },
    forget() {
      old = undefined;
    },
    add({ start }: StoredPane, stored: string | undefined, judged: Advanced) {
      const after = judged.levels === levels ? now : encodeLevels(judged.levels);
      if (after === now && stored !== undefined) drop.push(start);
      if (after !== now && after !== stored) save.push({ start, levels: after });
      now = after;
      old = stored ?? old;
      levels = judged.levels;
      // Over what was opened before, those windows have decided.
      for (const episode of openIn(decodeLevels(old ?? EMPTY))) {
        if (episode.opening >= from) before.set(nameOf(episode), episode);
      }
      for (const episode of [...openIn(levels), ...judged.closed]) justified.add(nameOf(episode));
      closed.push(...judged.closed);
    },
    end(covered: number, pending: readonly number[]): Judgement {
      // An open alert is told by its last window: where windows remain, it stands so already or a later transaction says it.
      const open = covered === Number.POSITIVE_INFINITY ? openIn(levels) : [];
      const retracted = [...before].flatMap(([name, episode]) => (justified.has(name) ? [] : [episode]));
      return { save, drop, alerts: [...closed, ...open], retracted, pending, covered };
    },
  };
}

function openIn(levels: Levels): Episode[] {
  return [...levels.values()].flatMap(({ open }) => (open ? [open] : []));
}

const nameOf = ({ key, opening }: Episode): string => `${opening} ${key}`;
