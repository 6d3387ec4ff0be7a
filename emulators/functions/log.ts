/** One line that a step or an emulator printed. Severities are Cloud Logging's. */
export interface LogLine {
  /** Undefined where a child that serves several steps printed plain text. */
  readonly step?: string;
  readonly severity: Severity;
  readonly message: string;
  /** Everything else that a JSON log line carried. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export type Severity = 'DEBUG' | 'INFO' | 'NOTICE' | 'WARNING' | 'ERROR' | 'CRITICAL' | 'ALERT' | 'EMERGENCY';
export type Log = (line: LogLine) => void;

const SEVERITIES: ReadonlySet<string> = new Set<Severity>([
  'DEBUG',
  'INFO',
  'NOTICE',
  'WARNING',
  'ERROR',
  'CRITICAL',
  'ALERT',
  'EMERGENCY',
]);

/**
 * Reads one line of a step's output: a JSON object with a message, else plain text.
 * @param otherwise severity of plain text and of JSON without a known one
 * @param step name for lines that do not say themselves which step they are from
 */
export function parseLine(text: string, otherwise: Severity, step?: string): LogLine {
  const json = asObject(text);
  const { severity, message, step: own, ...fields } = json ?? {};
  const name = typeof own === 'string' ? own : step;
  return {
    ...(name === undefined ? {} : { step: name }),
    severity: typeof severity === 'string' && SEVERITIES.has(severity) ? (severity as Severity) : otherwise,
    message: json ? String(message ?? '') : text,
    fields,
  };
}

function asObject(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined; // Plain text that happens to begin with a brace.
  }
}

const COLOURS: Readonly<Partial<Record<Severity, string>>> = {
  DEBUG: '\u001b[2m',
  WARNING: '\u001b[33m',
  ERROR: '\u001b[31m',
  CRITICAL: '\u001b[31m',
  ALERT: '\u001b[31m',
  EMERGENCY: '\u001b[31m',
};
const DIM = '\u001b[2m';
const PLAIN = '\u001b[0m';
const STEP_WIDTH = 10;

/**
 * `12:34:56.789 enrich     │ message field=value`, in local time.
 * @param options.colour only for a terminal
 */
export function format(line: LogLine, options: { colour: boolean; time?: Date }): string {
  const time = options.time ?? new Date();
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(n => String(n).padStart(2, '0'));
  const stamp = `${clock.join(':')}.${String(time.getMilliseconds()).padStart(3, '0')}`;
  const fields = Object.entries(line.fields).map(([name, value]) => ` ${name}=${render(value)}`);
  const severity = line.severity === 'INFO' || options.colour ? '' : `${line.severity} `;
  const head = `${stamp} ${(line.step ?? 'suite').padEnd(STEP_WIDTH)} │`;
  const text = `${severity}${line.message}`;
  if (!options.colour) return `${head} ${text}${fields.join('')}`;
  return `${DIM}${head}${PLAIN} ${COLOURS[line.severity] ?? ''}${text}${PLAIN}${DIM}${fields.join('')}${PLAIN}`;
}

const render = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
