export type Severity = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
export type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/**
 * One JSON object a line on standard output, as Cloud Logging reads it
 * ({@link https://cloud.google.com/logging/docs/structured-logging}).
 */
export function logger(step: string, write: (line: string) => void = line => console.log(line)): Log {
  const at = (severity: Severity) => (message: string, fields?: Fields) =>
    write(JSON.stringify({ severity, message, step, ...fields }));
  return { info: at('INFO'), warn: at('WARNING'), error: at('ERROR') };
}
