import type { ParseArgsOptionsConfig } from 'node:util';

/** Exit codes that mean something to scripts. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** One subcommand: what help prints, what it takes, what it does. */
export interface Command {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** After the name, e.g. `FILE [--pipeline P]`. */
  readonly usage: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Numbers of positional arguments that it takes. */
  readonly positionals: readonly [least: number, most: number];
  readonly examples: readonly (readonly [line: string, what: string])[];
  run(call: Call): Promise<ExitCode>;
}

export type Option = ParseArgsOptionsConfig[string] & {
  /** Placeholder for the value in help. */
  readonly value?: string;
  readonly description: string;
};

export interface Call {
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

/** Something that a person can mend; told in one line, without a stack. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode = EXIT.failed) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

export const JSON_OPTION: Option = {
  type: 'boolean',
  description: 'For scripts: the last line is one JSON object',
};
