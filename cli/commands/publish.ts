import { createInterface } from 'node:readline';
import { PROJECT } from '../../emulators/suite-address.ts';
import { type Command, CommandError, EXIT, JSON_OPTION } from '../command.ts';
import { connect, PORT_OPTION } from '../connect.ts';
import { choosePipeline } from '../pipelines.ts';
import { idle } from '../settle.ts';
import { count } from '../terminal.ts';

/** Messages under way at once: enough to fill the client's batches, few enough to bound the memory. */
const IN_FLIGHT = 2000;

export const publish: Command = {
  name: 'publish',
  summary: 'Publishes events from standard input, one JSON object a line, to events-raw.',
  usage: 'PIPELINE [--port BASE] [--json] < events.ndjson',
  options: { port: PORT_OPTION, json: JSON_OPTION },
  positionals: [1, 1],
  examples: [
    ['millrace publish quakes < events.ndjson', 'records as they are, or structured CloudEvents'],
    ['tail -f log | millrace publish logs', 'each line goes out as it comes'],
  ],
  run: async ({ positionals: [pipeline = ''], options }) => {
    const began = performance.now();
    const address = await connect(options['port'] as string | undefined);
    await choosePipeline(address, pipeline);
    if (process.stdin.isTTY) console.error('One JSON object a line, please; Ctrl-D ends it.');
    const { PubSub } = await import('@google-cloud/pubsub');
    const pubsub = new PubSub({ projectId: PROJECT });
    const topic = pubsub.topic('events-raw');
    const inFlight = new Set<Promise<unknown>>();
    let line = 0;
    let published = 0;
    let failure: Error | undefined;
    let refused = 0;
    for await (const text of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
      line++;
      if (text.trim() === '') continue;
      const form = formOf(text);
      if (!form) {
        refused++;
        console.error(`Line ${line} is not a JSON object; it was not published.`);
        continue;
      }
      const attributes = { pipeline, 'content-type': form };
      const sent = topic
        .publishMessage({ data: Buffer.from(text), attributes })
        .then(() => void published++)
        .catch((error: Error) => {
          failure ??= error;
        })
        .finally(() => inFlight.delete(sent));
      inFlight.add(sent);
      if (failure) break;
      if (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight);
    }
    await Promise.all(inFlight);
    if (failure)
      throw new CommandError(`After ${count(published)} events publishing failed: ${failure.message}`);
    await pubsub.close();
    await idle(address.control);
    const seconds = Number(((performance.now() - began) / 1000).toFixed(3));
    if (options['json']) console.log(JSON.stringify({ published, refused, seconds }));
    else console.log(`${count(published)} events published and processed in ${seconds.toFixed(2)} s`);
    return refused > 0 ? EXIT.failed : EXIT.ok;
  },
};

function formOf(text: string): string | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown> | null;
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
    return value['specversion'] === '1.0' ? 'application/cloudevents+json' : 'application/json';
  } catch {
    return undefined;
  }
}
