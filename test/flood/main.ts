import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runScript, wholeNumber } from '../../cli/script.ts';
import { count } from '../../cli/terminal.ts';
import { flood } from './flood.ts';

const HELP = `Usage: node test/flood/main.ts [--messages N]

A client publishes small messages of one event each, faster than the steps can follow, while somebody else publishes one
event a second. Everything that is accepted has to be counted, once.

Options:
  --messages N  How many (default 1,000,000)
  --help        This text

Exit codes: 0 all is counted once, 1 it is not, 2 wrong use.`;

/** Over HTTP besides. */
const REQUESTS = 1000;

await runScript(HELP, { messages: { type: 'string', default: '1000000' } }, async given => {
  const messages = wholeNumber('messages', given.messages);
  const outcome = await flood({
    ...{ messages, requests: REQUESTS, pauseMs: 1000, probeEveryMs: 1000 },
    publish: publishInAProcess,
  });
  const { counted, probesCounted, latencies, answers, mostWaiting, acceptedSeconds, seconds } = outcome;
  const at = (share: number) =>
    `${((latencies[Math.floor((latencies.length - 1) * share)] ?? 0) / 1000).toFixed(1)} s`;
  const exact = counted === messages + REQUESTS && probesCounted === latencies.length;
  const rows: readonly [string, string][] = [
    ['published', `${count(messages)} messages, ${count(REQUESTS)} HTTP requests`],
    ['counted', `${count(counted)}${counted === messages + REQUESTS ? '' : ' – WRONG'}`],
    ['accepted after', `${acceptedSeconds} s`],
    ['counted after', `${seconds} s, ${count(Math.round((messages + REQUESTS) / seconds))} messages/s`],
    ['most waiting at once', count(mostWaiting)],
    [
      'HTTP answers',
      Object.entries(answers)
        .map(([status, times]) => `${status}: ${count(times)}`)
        .join(', '),
    ],
    [
      "somebody else's events",
      `${probesCounted} of ${latencies.length} counted; to their alerts p50 ${at(0.5)}, p99 ${at(0.99)}`,
    ],
    [
      'peak memory of the suite',
      `${Math.round(process.resourceUsage().maxRSS / 1024)} MB, this client among it`,
    ],
  ];
  for (const [what, figure] of rows) console.log(`${what.padEnd(26)}${figure}`);
  return exact ? 0 : 1;
});

/** So that its memory is not counted with the suite's. */
async function publishInAProcess(messages: number): Promise<void> {
  const file = fileURLToPath(new URL('publishers.ts', import.meta.url));
  const child = spawn(process.execPath, [file, String(messages)], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The publisher ended with ${code}`);
}
