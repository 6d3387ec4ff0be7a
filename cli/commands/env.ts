import { type Command, EXIT, JSON_OPTION } from '../command.ts';
import { addressOf, PORT_OPTION } from '../connect.ts';

export const env: Command = {
  name: 'env',
  summary: 'Prints the exports that point official clients at the suite.',
  usage: '[--port BASE] [--json]',
  options: { port: PORT_OPTION, json: JSON_OPTION },
  positionals: [0, 0],
  examples: [
    ['eval "$(npm run -s millrace -- env)"', 'clients started from this shell talk to the suite'],
    ['millrace env --json', 'the same as one JSON object'],
  ],
  run: async ({ options }) => {
    const { environment } = addressOf(options['port'] as string | undefined);
    if (options['json']) console.log(JSON.stringify(environment));
    else for (const [name, value] of Object.entries(environment)) console.log(`export ${name}=${value}`);
    return EXIT.ok;
  },
};
