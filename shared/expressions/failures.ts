/** An expression that could not be evaluated, so that it was false. */
export interface Failure {
  readonly expression: string;
  readonly times: number;
  /** Of the first time. */
  readonly reason: string;
}

/** A condition that fails for one event mostly fails for many. */
const TELL_EVERY_MS = 60_000;

const failures = new Map<string, Failure>();
let toldAt = Number.NEGATIVE_INFINITY;

export function failed(expression: string, reason: string): void {
  const before = failures.get(expression);
  failures.set(expression, { expression, reason: before?.reason ?? reason, times: (before?.times ?? 0) + 1 });
}

/** Writes what could not be evaluated into a step's log: each expression once, and no more than once a minute. */
export function tellFailures(
  log: { warn(message: string, fields: Readonly<Record<string, unknown>>): void },
  now: Date,
): void {
  if (failures.size === 0 || now.getTime() - toldAt < TELL_EVERY_MS) return;
  toldAt = now.getTime();
  for (const failure of takeFailures())
    log.warn('An expression could not be evaluated, so it was false', { ...failure });
}

/** What could not be evaluated since the last call. */
export function takeFailures(): Failure[] {
  const taken = [...failures.values()];
  failures.clear();
  return taken;
}
