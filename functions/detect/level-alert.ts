import { idOf } from '../../shared/ids/ids.ts';
import type { LevelRule } from '../../shared/pipelines/pipeline.ts';
import { panePath } from '../../shared/windows/panes.ts';
import type { Fields } from '../../shared/windows/transaction.ts';
import type { Episode } from './level.ts';

/** Rule, key and opening pane: whoever judges the same panes opens the same alert. */
export function levelAlertId(pipeline: string, rule: string, { key, opening }: Episode): string {
  return `${rule}-${idOf(pipeline, rule, key, String(opening))}`;
}

/** What alerts/{id} says of an episode; of `state` the document itself has a say, see {@link changesTo}. */
export function levelAlert(pipeline: string, rule: LevelRule, episode: Episode): Fields {
  const { key, value, windows, severity, escalatedAt, closedAt } = episode;
  const { name, window, threshold, measure } = rule;
  return {
    pipeline,
    rule: name,
    severity,
    title: fill(rule, key, value),
    window,
    measure: 'value' in measure ? `${measure.value}.${measure.of}` : measure.of,
    value,
    threshold,
    key,
    time: new Date(episode.time),
    since: new Date(episode.since),
    openedAt: new Date(episode.openedAt),
    windows,
    pane: panePath({ pipeline, window, start: episode.opening }),
    ...(escalatedAt !== undefined && { escalatedAt: new Date(escalatedAt) }),
    ...(closedAt !== undefined && { closedAt: new Date(closedAt) }),
  };
}

/** An alert that should not have been opened is closed and says so: somebody may have seen it. */
export function retracted({ openedAt }: Episode): Fields {
  return { closedAt: new Date(openedAt), retracted: true };
}

/** Fields that an alert may lose again when a late pane changes the past. */
const PASSING = ['escalatedAt', 'closedAt', 'retracted'] as const;

/**
 * What has to be written to bring a document to an alert; undefined where nothing has. A field of value undefined is to be
 * deleted. What clients have written stays: an acknowledged alert is never open again, and who acknowledged it can be read
 * also when it is closed.
 */
export function changesTo(document: Fields | undefined, alert: Fields): Fields | undefined {
  const state = alert['closedAt'] ? 'closed' : isAcknowledged(document) ? 'acknowledged' : 'open';
  const passing = 'retracted' in alert ? {} : Object.fromEntries(PASSING.map(field => [field, undefined]));
  const wanted: Fields = { ...passing, ...alert, state };
  const changed = Object.entries(wanted).filter(([field, value]) => !same(document?.[field], value));
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

function isAcknowledged(document: Fields | undefined): boolean {
  return document?.['state'] === 'acknowledged' || document?.['acknowledgedAt'] !== undefined;
}

/** Points in time come out of Firestore as its own Timestamps. */
function same(is: unknown, should: unknown): boolean {
  if (!(should instanceof Date)) return is === should;
  const time = is as { toMillis?(): number } | undefined;
  return (is instanceof Date ? is.getTime() : time?.toMillis?.()) === should.getTime();
}

/** Four digits of a value are enough for people. */
function fill({ title, threshold, window }: LevelRule, key: string, value: number): string {
  const places: Readonly<Record<string, string>> = {
    key,
    window,
    value: String(Number(value.toPrecision(4))),
    threshold: String(threshold),
  };
  return title.replace(/\{(\w+)\}/g, (place, name: string) => places[name] ?? place);
}
