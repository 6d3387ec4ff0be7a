import { type Command, CommandError, EXIT, JSON_OPTION } from '../command.ts';
import { connect, PORT_OPTION } from '../connect.ts';
import { green } from '../terminal.ts';

export const resume: Command = {
  name: 'resume',
  summary: 'Lets a trigger go on that was stopped because its step wakes itself.',
  usage: 'TRIGGER [--port BASE] [--json]',
  options: { port: PORT_OPTION, json: JSON_OPTION },
  positionals: [1, 1],
  examples: [['millrace resume detect-on-panes', 'ten times as far as before, if it goes round again']],
  run: async ({ positionals: [trigger = ''], options }) => {
    const { control } = await connect(options['port'] as string | undefined);
    const url = `${control}/triggers/${encodeURIComponent(trigger)}/resume`;
    const answer = await fetch(url, { method: 'POST' });
    const body = (await answer.json()) as { readonly error?: string };
    if (!answer.ok) throw new CommandError(body.error ?? `The suite answered ${answer.status}.`);
    console.log(options['json'] ? JSON.stringify(body) : green(`${trigger} goes on.`));
    return EXIT.ok;
  },
};
