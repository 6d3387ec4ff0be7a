import type { EventarcStatus } from '../../emulators/eventarc/router.ts';
import { type Command, EXIT, JSON_OPTION } from '../command.ts';
import { connect, firestoreClient, PORT_OPTION } from '../connect.ts';
import { readResults } from '../results.ts';
import { count, dim, red, table } from '../terminal.ts';

export const status: Command = {
  name: 'status',
  summary: 'Says what waits, what runs and what has come out.',
  usage: '[--port BASE] [--json]',
  options: { port: PORT_OPTION, json: JSON_OPTION },
  positionals: [0, 0],
  examples: [
    ['millrace status', 'queues and results as tables'],
    ['millrace status --json | tail -1 | jq .idle', 'for scripts'],
  ],
  run: async ({ options }) => {
    const { control } = await connect(options['port'] as string | undefined);
    const state = (await (await fetch(`${control}/status`)).json()) as EventarcStatus;
    const firestore = await firestoreClient();
    const results = await readResults(firestore);
    await firestore.terminate();
    if (options['json']) {
      console.log(JSON.stringify({ ...state, results }));
      return EXIT.ok;
    }
    const rows = state.triggers.map(one => [
      one.name,
      one.step,
      one.ready,
      one.inFlight,
      one.delayed,
      one.delivered,
      one.failed,
      one.deadLettered,
    ]);
    console.log(
      table(
        ['trigger', 'step', 'waiting', 'running', 'delayed', 'delivered', 'failed', 'dead letters'],
        rows,
      ),
    );
    for (const { name, lastError } of state.triggers) {
      if (lastError) console.log(red(`${name}: ${lastError}`));
    }
    const { events, windows, alerts, deadLetters } = results;
    console.log(
      `\n${count(events.in)} events in, ${count(events.enriched)} enriched, ${count(events.rejected)} rejected; ` +
        `${count(windows)} windows, ${count(alerts)} alerts, ${count(deadLetters)} dead letters`,
    );
    console.log(dim(state.idle ? 'Nothing is waiting.' : 'Still at work.'));
    return EXIT.ok;
  },
};
