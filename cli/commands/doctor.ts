import { resolve } from 'node:path';
import { type Command, CommandError, EXIT, JSON_OPTION } from '../command.ts';
import { type Access, createClient } from '../doctor/client.ts';
import { credentials } from '../doctor/credentials.ts';
import type { Examination } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { bold, dim, green, red, yellow } from '../terminal.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The command over a checkout and a way to reach Google. */
export const createDoctor = (root: string, access: Access): Command => ({
  name: 'doctor',
  summary: 'Checks a project on Google Cloud against this checkout, and says what loses events.',
  usage: '--project P [--region R] [--json]',
  options: {
    project: { type: 'string', value: 'P', description: 'Id of the project; it is only read' },
    region: {
      type: 'string',
      value: 'R',
      description: 'Its region (default: where the bucket P-pipelines is)',
    },
    json: JSON_OPTION,
  },
  positionals: [0, 0],
  examples: [
    ['millrace doctor --project my-project', 'what is wrong, and the command that mends it'],
    [
      'millrace doctor --project my-project --json | jq .findings',
      'for scripts; exit code 1 when there are any',
    ],
  ],
  run: async ({ options }) => {
    const project = options['project'] as string | undefined;
    if (!project) throw new CommandError('Which project? Say --project ID.', EXIT.usage);
    // The id becomes part of addresses: nothing but an id may get there.
    if (!/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(project)) {
      throw new CommandError(
        `"${project}" is no project's id; expected 6 to 30 lower-case letters, digits and hyphens, not its number or display name.`,
        EXIT.usage,
      );
    }
    const region = options['region'] as string | undefined;
    if (region !== undefined && !/^[a-z]+-[a-z]+[0-9]+$/.test(region)) {
      throw new CommandError(`"${region}" is no region; expected one such as europe-west4.`, EXIT.usage);
    }
    const { examine } = await import('../doctor/examine.ts');
    const found = await examine(root, project, region, createClient(access));
    if (options['json']) console.log(JSON.stringify(found));
    else show(found);
    return found.findings.length === 0 ? EXIT.ok : EXIT.failed;
  },
});

export const doctor: Command = createDoctor(ROOT, { fetch, headers: credentials() });

const PAINT = { error: red, warning: yellow } as const;

function show({ project, region, findings, looked }: Examination): void {
  for (const finding of findings) console.log(textOf(finding));
  const where = `${project}${region ? ` in ${region}` : ''}`;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  if (findings.length === 0) console.log(green(`${where} is as declared: ${looked} things looked at.`));
  else
    console.log(
      `${where}: ${number(errors, 'error')}, ${number(warnings, 'warning')} in ${looked} things looked at.`,
    );
}

const number = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function textOf({ severity, place, what, expected, mend }: Finding): string {
  return [
    `${PAINT[severity](severity)}  ${bold(place)}: ${what}`,
    `  ${dim('expected')}  ${expected}`,
    `  ${dim('mend')}      ${mend}`,
    '',
  ].join('\n');
}
