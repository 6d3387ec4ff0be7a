import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { CommandError, EXIT } from './command.ts';

const HELP = { help: { type: 'boolean', short: 'h', default: false } } as const;

type Given<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options }>
>['values'];

/**
 * The frame of a script of the repository (a bench, a campaign, a build): reads its options, prints its help, and sets the
 * exit code to what `run` resolves with. Wrong use is told with the help, exit code 2; any other mistake that a person can
 * mend (a CommandError) in a line; the rest with its stack, exit code 1.
 */
export async function runScript<const Options extends ParseArgsOptionsConfig>(
  help: string,
  options: Options,
  run: (given: Given<Options>) => Promise<number>,
): Promise<void> {
  try {
    const { values } = parseArgs({ options: { ...options, ...HELP } as ParseArgsOptionsConfig });
    if (values['help']) console.log(help);
    else process.exitCode = await run(values as Given<Options>);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const misused = typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS');
    const known = error instanceof CommandError;
    process.exitCode = misused ? EXIT.usage : known ? error.exitCode : EXIT.failed;
    if (!misused && !known) return void console.error(error);
    const { message } = error as Error;
    console.error(process.exitCode === EXIT.usage ? `${message}\n\n${help}` : message);
  }
}

/** @throws CommandError (wrong use) unless the text is a whole number from `least` on */
export function wholeNumber(option: string, text: string, least = 1): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value;
  throw new CommandError(`--${option} takes a whole number from ${least} on, not "${text}".`, EXIT.usage);
}
