import type { Command, Option } from './command.ts';

export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(command => command.name.length));
  return [
    'Usage: millrace COMMAND',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'millrace COMMAND --help says more. In the checkout: npm run -s millrace -- COMMAND',
    'Exit codes: 0 done, 1 failed, 2 wrong use, 3 no suite is running.',
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
    `Usage: millrace ${command.name} ${command.usage}`.trimEnd(),
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

function flagOf(name: string, option: Option): string {
  return option.type === 'string' ? `--${name} ${option.value ?? 'VALUE'}` : `--${name}`;
}
