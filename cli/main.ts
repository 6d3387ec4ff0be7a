import { parseArgs } from 'node:util';
import { nearest } from '../shared/yaml/nearest.ts';
import { type Command, CommandError, EXIT, type ExitCode } from './command.ts';
import { backfillCommand } from './commands/backfill.ts';
import { deadLetters } from './commands/dead-letters.ts';
import { doctor } from './commands/doctor.ts';
import { env } from './commands/env.ts';
import { newCommand } from './commands/new.ts';
import { publish } from './commands/publish.ts';
import { query } from './commands/query.ts';
import { redrive } from './commands/redrive.ts';
import { resume } from './commands/resume.ts';
import { schemaCommand } from './commands/schema.ts';
import { start } from './commands/start.ts';
import { status } from './commands/status.ts';
import { test } from './commands/test.ts';
import { upload } from './commands/upload.ts';
import { watch } from './commands/watch.ts';
import { worker } from './commands/worker.ts';
import { tell } from './errors.ts';
import { helpOf, overview } from './help.ts';

/** In the order of a first use. Their modules load nothing heavy before they run: help and mistakes answer at once. */
export const COMMANDS: readonly Command[] = [
  start,
  upload,
  publish,
  watch,
  status,
  query,
  deadLetters,
  redrive,
  resume,
  backfillCommand,
  schemaCommand,
  newCommand,
  test,
  env,
  worker,
  doctor,
];
const HELP = { type: 'boolean', short: 'h' } as const;

/** Runs one command line and resolves with its exit code; errors that people can mend are told in a line each. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined) {
    console.error(overview(COMMANDS));
    return EXIT.usage;
  }
  if (['--help', '-h', 'help'].includes(name)) {
    console.log(overview(COMMANDS));
    return EXIT.ok;
  }
  const command = COMMANDS.find(one => one.name === name);
  if (!command) {
    const guess = nearest(
      name,
      COMMANDS.map(one => one.name),
    );
    console.error(
      `There is no command "${name}".${guess ? ` Did you mean ${guess}?` : ''} See millrace --help.`,
    );
    return EXIT.usage;
  }
  try {
    return await runCommand(command, rest);
  } catch (error) {
    const { message, exitCode } = tell(error);
    console.error(message);
    return exitCode;
  }
}

async function runCommand(command: Command, args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(command, args);
  if (values['help']) {
    console.log(helpOf(command));
    return EXIT.ok;
  }
  const [least, most] = command.positionals;
  if (positionals.length < least || positionals.length > most) {
    throw new CommandError(
      `Usage: millrace ${command.name} ${command.usage}. See millrace ${command.name} --help.`,
      EXIT.usage,
    );
  }
  return command.run({ positionals, options: values });
}

function parse(command: Command, args: readonly string[]) {
  try {
    const parsed = parseArgs({
      args: [...args],
      options: { ...command.options, help: HELP },
      allowPositionals: true,
      strict: true,
    });
    return { ...parsed, values: parsed.values as Record<string, string | boolean | undefined> };
  } catch (error) {
    const [message = ''] = (error as Error).message.split(/\. |\n/);
    const word = /'--([^' ]+)'/.exec(message)?.[1] ?? '';
    const guess = word in command.options ? undefined : nearest(word, Object.keys(command.options));
    throw new CommandError(
      `${message}.${guess ? ` Did you mean --${guess}?` : ''} See millrace ${command.name} --help.`,
      EXIT.usage,
    );
  }
}
