import type { Command, Option } from './command.ts';

const LINE = 100;

export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(command => command.name.length));
  return [
    'Usage: millrace COMMAND',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'millrace COMMAND --help says more. In the checkout: npm run -s millrace -- COMMAND',
    'Exit codes: 0 done, 1 failed, 2 wrong use, 3 nobody answers: no suite, no cloud.',
  ].join('\n');
}

export function helpOf(command: Command): string {
  const options = [
    ...Object.entries(command.options).map(([name, option]) => [flagOf(name, option), option.description]),
    ['--help', 'This text'],
  ];
  const width = Math.max(
    ...options.map(([flag = '']) => flag.length),
    ...command.examples.map(([line]) => line.length),
  );
  const row = ([left = '', right = '']: readonly string[]): string => `  ${left.padEnd(width)}  ${right}`;
  return [
    ...wrapped(`Usage: millrace ${command.name}`, command.usage.match(/\[[^\]]*\]|\S+/g) ?? []),
    '',
    command.summary,
    '',
    'Options:',
    ...options.map(row),
    '',
    'Examples:',
    ...command.examples.map(row),
  ].join('\n');
}

/** Words after a beginning, in lines that fit a terminal. */
function wrapped(beginning: string, words: readonly string[]): string[] {
  const lines = [beginning];
  for (const word of words) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length <= LINE) lines[lines.length - 1] = line;
    else lines.push(`${' '.repeat(beginning.length)} ${word}`);
  }
  return lines;
}

function flagOf(name: string, option: Option): string {
  return option.type === 'string' ? `--${name} ${option.value ?? 'VALUE'}` : `--${name}`;
}
