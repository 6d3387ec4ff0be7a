import type { JSX } from 'preact';
import type { Severity } from '../model/alerts.ts';
import { Icon } from './icon.tsx';

const WORDS: Readonly<Record<Severity, string>> = { info: 'Info', warning: 'Warning', critical: 'Critical' };

/** Severity by shape and word; the colour only adds to them. */
export function SeverityBadge({ severity }: { readonly severity: Severity }): JSX.Element {
  return (
    <span class={`badge ${severity}`}>
      <Icon name={severity} />
      {WORDS[severity]}
    </span>
  );
}
