import type { Severity } from '../../shared/pipelines/pipeline.ts';
import { SEVERITIES } from '../../shared/pipelines/source.ts';

/** What notify needs to know of alerts/{id}. */
export interface Alert {
  readonly id: string;
  readonly pipeline: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly title: string;
  readonly key: string;
  readonly time: Date;
  readonly traceparent?: string;
  /** An alert of a level that has risen since it was opened. */
  readonly escalated: boolean;
}

/** subscriptions/{id}, as clients write it: nothing of it is certain. */
export type Subscription = Readonly<Record<string, unknown>>;

/** inbox/{uid}/messages/{alert}-{severity}: one message a person, however many subscriptions match. */
export interface Message {
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Matches every pipeline, or every rule. */
export const ANY = '*';

/**
 * The messages for those who want to know of an alert.
 *
 * | field of a subscription | matches |
 * |---|---|
 * | `uid` | who is told; without a sound one nobody is |
 * | `pipeline` | that pipeline's alerts, or all by `*` |
 * | `rule` | that rule's; all where it is missing or `*` |
 * | `minSeverity` | from that severity on; all where it is missing |
 * | `via` | a list with `inbox`; also where it is missing |
 */
export function messagesFor(alert: Alert, subscriptions: readonly Subscription[], at: Date): Message[] {
  const people = new Set(subscriptions.filter(one => matches(one, alert)).map(({ uid }) => uid as string));
  const { id, escalated, ...told } = alert;
  return [...people].map(uid => ({
    path: `inbox/${uid}/messages/${noticeId(alert)}`,
    fields: { ...told, alert: id, reason: escalated ? 'escalated' : 'opened', at },
  }));
}

/** An alert is told once at each severity that it comes to. */
export function noticeId({ id, severity }: Alert): string {
  return `${id}-${severity}`;
}

/** The alert of a document; undefined for one that is to be told to nobody. */
export function alertOf(id: string, fields: Readonly<Record<string, unknown>>): Alert | undefined {
  const { pipeline, rule, severity, title, key, time, traceparent, escalatedAt, retracted } = fields;
  if (retracted === true || !isSeverity(severity)) return undefined;
  return {
    id,
    pipeline: String(pipeline),
    rule: String(rule),
    severity,
    title: String(title),
    key: String(key),
    time: time instanceof Date ? time : (time as { toDate(): Date }).toDate(),
    escalated: escalatedAt !== undefined,
    ...(typeof traceparent === 'string' && { traceparent }),
  };
}

/** Whether a change of an alert's document is news for people: a new one, or one of another severity. */
export function isNews(before: Subscription | undefined, after: Subscription | undefined): boolean {
  if (!after) return false;
  return !before || before['severity'] !== after['severity'] || before['retracted'] !== after['retracted'];
}

function matches({ uid, pipeline, rule, minSeverity, via }: Subscription, alert: Alert): boolean {
  const least = minSeverity === undefined ? 0 : SEVERITIES.indexOf(minSeverity as Severity);
  return (
    isUid(uid) &&
    (pipeline === ANY || pipeline === alert.pipeline) &&
    (rule === undefined || rule === ANY || rule === alert.rule) &&
    least >= 0 &&
    SEVERITIES.indexOf(alert.severity) >= least &&
    (via === undefined || (Array.isArray(via) && via.includes('inbox')))
  );
}

/** It becomes part of a path. Firebase's own are at most 128 characters. */
function isUid(uid: unknown): boolean {
  return typeof uid === 'string' && /^(?!\.{1,2}$)(?!__.*__$)[^/]{1,128}$/su.test(uid) && uid.isWellFormed();
}

function isSeverity(value: unknown): value is Severity {
  return SEVERITIES.some(one => one === value);
}
