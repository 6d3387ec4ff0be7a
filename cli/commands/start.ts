import { resolve } from 'node:path';
import { format, type Log } from '../../emulators/functions/log.ts';
import { type Suite, startSuite } from '../../emulators/suite.ts';
import { BASE_PORT } from '../../emulators/suite-address.ts';
import { type Command, CommandError, EXIT, JSON_OPTION } from '../command.ts';
import { addressOf, firestoreClient, PORT_OPTION } from '../connect.ts';
import { DEMO_PIPELINE, playDemo } from '../demo.ts';
import { readResults } from '../results.ts';
import { showHints, showResults, showWelcome } from '../show.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export const start: Command = {
  name: 'start',
  summary: 'Starts the local suite and plays the quakes through it.',
  usage: '[--once] [--empty] [--isolate] [--data DIR] [--port BASE] [--json]',
  options: {
    once: { type: 'boolean', description: 'End after the results are in, with a summary' },
    empty: { type: 'boolean', description: 'Play nothing' },
    isolate: { type: 'boolean', description: 'A process per step, as in the cloud' },
    data: {
      type: 'string',
      value: 'DIR',
      description: 'Keep all state in DIR over restarts (default: in memory)',
    },
    port: PORT_OPTION,
    json: JSON_OPTION,
  },
  positionals: [0, 0],
  examples: [
    ['npm start', 'everything, with the quakes; stays up'],
    ['npm start -- --once --json', 'one run for scripts'],
    ['npm start -- --empty --data .millrace', 'your own data, kept'],
  ],
  run: async ({ options }) => {
    const { base, environment, control } = addressOf(options['port'] as string | undefined);
    Object.assign(process.env, environment);
    const suite = await launch(base, options);
    const ended = untilInterrupted();
    try {
      if (!options['json']) showWelcome(base);
      const playable = suite.pipelines.some(pipeline => pipeline.name === DEMO_PIPELINE);
      if (!options['empty'] && playable) await play(control, Boolean(options['json']));
      if (options['once']) return EXIT.ok;
      if (!options['json']) showHints();
      await ended;
      return EXIT.ok;
    } finally {
      await suite.stop();
    }
  },
};

async function launch(base: number, options: Readonly<Record<string, unknown>>): Promise<Suite> {
  const colour = process.stderr.isTTY === true && !process.env['NO_COLOR'];
  const log: Log = line => {
    if (!options['json'] || line.severity !== 'INFO') console.error(format(line, { colour }));
  };
  try {
    return await startSuite({
      root: ROOT,
      base,
      log,
      isolate: Boolean(options['isolate']),
      ...(options['data'] ? { dir: resolve(String(options['data'])) } : {}),
    });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code !== 'EADDRINUSE' && !message.includes('EADDRINUSE')) throw error;
    throw new CommandError(
      `A port from ${base} on is taken: does another suite run? Stop it, or choose others: --port ${BASE_PORT + 100}.`,
    );
  }
}

async function play(control: string, json: boolean): Promise<void> {
  const firestore = await firestoreClient();
  try {
    await playDemo(firestore, control);
    const results = await readResults(firestore);
    const seconds = Number((performance.now() / 1000).toFixed(3));
    if (json) console.log(JSON.stringify({ ...results, seconds }));
    else await showResults(firestore, results, seconds);
  } finally {
    await firestore.terminate();
  }
}

function untilInterrupted(): Promise<void> {
  return new Promise(done => {
    process.once('SIGINT', () => done());
    process.once('SIGTERM', () => done());
  });
}
