import { resolve } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { runScript, wholeNumber } from '../../cli/script.ts';
import { table } from '../../cli/terminal.ts';
import { startSuite } from '../../emulators/suite.ts';
import { PROJECT } from '../../emulators/suite-address.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const A_MESSAGE = 500;
/** No schedule in between: what is counted is what events cost. */
const TIME_SCALE = 0.001;
const HELP = `Usage: node test/bench/keyed.ts [--events N] [--keys N]

Counts what state by key costs on the suite: live events in messages of ${A_MESSAGE}, one after the other, to a rule on silence and to
both sides of an interval join.

Options:
  --events N  For each of the two; 10000 unless told
  --keys N    Over which they are spread; 1000 unless told
  --help      This text

Exit codes: 0 done, 1 failed, 2 wrong use.`;

/** What is fed, and which step keeps state of it. */
const KINDS = [
  { name: 'a silence', step: 'detect', pipelines: ['beats'] },
  { name: 'an interval join', step: 'join', pipelines: ['asks', 'answers'] },
] as const;

const COUNTED = ['firestore.reads', 'firestore.writes', 'firestore.deletes', 'tasks.operations'] as const;

async function count(events: number, keys: number): Promise<string[][]> {
  const suite = await startSuite({
    root: ROOT,
    pipelines: resolve(import.meta.dirname, 'keyed'),
    timeScale: TIME_SCALE,
    log: () => {},
  });
  Object.assign(process.env, suite.environment, { METADATA_SERVER_DETECTION: 'none' });
  const pubsub = new PubSub({ projectId: PROJECT });
  const topic = pubsub.topic('events-raw', { batching: { maxMessages: 1 } });
  let sent = 0;
  const message = (pipeline: string) => {
    const json = Array.from({ length: A_MESSAGE }, () => {
      const id = String(sent++);
      const data = { at: Date.now(), key: `key-${(sent * 7919) % keys}`, value: sent };
      return { specversion: '1.0', id, source: `/${pipeline}`, type: 'bench', data };
    });
    const attributes = { 'content-type': 'application/cloudevents-batch+json', pipeline };
    return topic.publishMessage({ json, attributes });
  };
  try {
    await suite.functions.ready();
    const rows: string[][] = [];
    for (const { name, step, pipelines } of KINDS) {
      const counts = async () => (await suite.eventarc.operations()).counts[step] ?? {};
      const before = await counts();
      const began = performance.now();
      for (let left = events; left > 0; left -= A_MESSAGE) {
        await message(pipelines[(left / A_MESSAGE) % pipelines.length]!);
        await suite.eventarc.idle();
      }
      const seconds = (performance.now() - began) / 1000;
      const after = await counts();
      const each = COUNTED.map(one =>
        ((((after[one] ?? 0) - (before[one] ?? 0)) * 1000) / events).toFixed(1),
      );
      rows.push([name, ...each, seconds.toFixed(1)]);
    }
    return rows;
  } finally {
    await pubsub.close();
    await suite.stop();
  }
}

await runScript(
  HELP,
  { events: { type: 'string', default: '10000' }, keys: { type: 'string', default: '1000' } },
  async given => {
    const events = wholeNumber('events', given.events, A_MESSAGE);
    const keys = wholeNumber('keys', given.keys);
    const rows = await count(Math.floor(events / A_MESSAGE) * A_MESSAGE, keys);
    console.log(`For 1,000 of ${events} live events of ${keys} keys, ${A_MESSAGE} a message:\n`);
    console.log(table(['', 'reads', 'writes', 'deletes', 'tasks', 'seconds in all'], rows));
    return 0;
  },
);
