import type { Row } from '../data/listen.ts';
import { measured } from './format.ts';
import { millis, number, oneOf, text } from './read.ts';

export type Severity = 'info' | 'warning' | 'critical';
export type AlertState = 'open' | 'acknowledged' | 'closed';
/** The gravest last. */
export const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];
const STATES: readonly AlertState[] = ['open', 'acknowledged', 'closed'];

export interface AlertView {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly state: AlertState;
  readonly retracted: boolean;
  readonly rule: string;
  readonly key: string;
  readonly time: number | undefined;
  /** `5.3, threshold 5`. */
  readonly evidence: string | undefined;
  readonly acknowledgedBy: string | undefined;
  readonly acknowledgedAt: number | undefined;
}

export function alertOf({ id, data }: Row): AlertView {
  const [value, threshold] = [number(data['value']), number(data['threshold'])];
  return {
    id,
    title: text(data['title']) ?? 'An alert without a title',
    severity: oneOf(data['severity'], SEVERITIES, 'info'),
    state: oneOf(data['state'], STATES, 'open'),
    retracted: data['retracted'] === true,
    rule: text(data['rule']) ?? '–',
    key: text(data['key']) ?? '–',
    time: millis(data['time']),
    evidence:
      value === undefined || threshold === undefined
        ? undefined
        : `${measured(value)}, threshold ${measured(threshold)}`,
    acknowledgedBy: text(data['acknowledgedBy']),
    acknowledgedAt: millis(data['acknowledgedAt']),
  };
}

/** Open ones first, of those the gravest; then the latest. */
export function alertsOf(rows: readonly Row[]): AlertView[] {
  const rank = ({ state, severity }: AlertView): number =>
    state === 'open' ? SEVERITIES.indexOf(severity) + 1 : 0;
  return rows
    .map(alertOf)
    .sort((a, b) => rank(b) - rank(a) || (b.time ?? 0) - (a.time ?? 0) || (a.id < b.id ? -1 : 1));
}
