/** Something in a project that is not as the wiring says. */
export interface Finding {
  /** error: events are lost or not delivered; warning: anything else that is not as declared. */
  readonly severity: 'error' | 'warning';
  /** What it is about, e.g. `trigger enrich-on-raw`. */
  readonly place: string;
  /** What is wrong and what comes of it. */
  readonly what: string;
  readonly expected: string;
  /** The command that mends it. */
  readonly mend: string;
}

/** One value that must be as it is declared. */
export interface Setting {
  readonly name: string;
  /** undefined: it is not set. */
  readonly is: string | number | undefined;
  readonly expected: string | number;
  /** What comes of it when it differs. */
  readonly so: string;
  readonly severity?: Finding['severity'];
  readonly mend: string;
}

/** The settings that differ, a finding each; an error unless the setting says less. */
export function compare(place: string, settings: readonly Setting[]): Finding[] {
  return settings.flatMap(({ name, is, expected, so, severity = 'error', mend }) => {
    if (is === expected) return [];
    const what = `${name} is ${is ?? 'not set'}: ${so}`;
    return [{ severity, place, what, expected: String(expected), mend }];
  });
}
