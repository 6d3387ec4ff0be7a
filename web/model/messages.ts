import type { Row } from '../data/listen.ts';
import { SEVERITIES, type Severity } from './alerts.ts';
import { millis, oneOf, text } from './read.ts';

export interface MessageView {
  readonly id: string;
  readonly title: string;
  readonly pipeline: string;
  readonly severity: Severity;
  readonly escalated: boolean;
  readonly at: number | undefined;
  readonly unread: boolean;
}

export function messageOf({ id, data }: Row): MessageView {
  return {
    id,
    title: text(data['title']) ?? 'A message without a title',
    pipeline: text(data['pipeline']) ?? '–',
    severity: oneOf(data['severity'], SEVERITIES, 'info'),
    escalated: data['reason'] === 'escalated',
    at: millis(data['at']),
    unread: millis(data['readAt']) === undefined,
  };
}
