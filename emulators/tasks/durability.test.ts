import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newQueue } from './queue-wire.ts';
import { startTasks } from './server.ts';
import { TaskStore } from './store.ts';
import { specOf } from './task-wire.ts';
import { clientOf, LOCATION, QUEUE, startWorker } from './testing.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tasks-test-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const CHILD = `
  import { startTasks } from ${JSON.stringify(new URL('./server.ts', import.meta.url).href)};
  const { port } = await startTasks({ dir: process.argv[1] });
  console.log(port);
`;

/** An emulator in a process of its own. */
async function startChild() {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', CHILD, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    port: Number(port),
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

it('survives kill -9 with its queues, the tasks that are not done, their attempts, and the names that are gone', async () => {
  let answer = (): number | Promise<number> => 500;
  const worker = await startWorker(call => (call.path === '/done' ? 200 : answer()));
  const first = await startChild();
  const client = clientOf(first.port);
  const retryConfig = { minBackoff: { seconds: 1 }, maxAttempts: 9 };
  await client.createQueue({ parent: LOCATION, queue: { name: QUEUE, retryConfig } });
  const make = (id: string) =>
    client.createTask({
      parent: QUEUE,
      task: {
        name: `${QUEUE}/tasks/${id}`,
        httpRequest: { url: `${worker.url}/${id}`, body: Buffer.from(id) },
      },
    });
  await make('done');
  await make('failed');
  await worker.called(2);
  while ((await client.getTask({ name: `${QUEUE}/tasks/failed` }))[0].responseCount !== 1);
  const never = new Promise<number>(() => {});
  answer = () => never;
  await make('running');
  await worker.called(3);
  await first.kill();
  await client.close();
  // What a killed process left half-written was never answered.
  appendFileSync(join(dir, 'journal.jsonl'), '{"task":"projects/demo');

  answer = () => 200;
  const before = worker.calls.length;
  const second = await startTasks({ dir });
  const again = clientOf(second.port);
  const calls = await worker.called(before + 2);
  const seen = calls.slice(before).map(({ body, headers }) => [body, headers['x-cloudtasks-taskretrycount']]);
  expect(seen.sort()).toEqual([
    ['failed', '1'],
    // Nobody knows what became of its first attempt.
    ['running', '0'],
  ]);
  expect((await again.getQueue({ name: QUEUE }))[0].retryConfig?.maxAttempts).toBe(9);
  const repeated = again.createTask({
    parent: QUEUE,
    task: { name: `${QUEUE}/tasks/done`, httpRequest: { url: worker.url } },
  });
  await expect(repeated).rejects.toMatchObject({ code: 6 });
  await again.close();
  await second.stop();
  await worker.stop();
});

it('writes its journal anew when it is large, and loses nothing of what is still to be done', async () => {
  const later = Date.now() + 86_400_000;
  const spec = specOf(
    { httpRequest: { url: 'http://a', body: Buffer.alloc(90_000, 'x') } },
    Date.now(),
    true,
  );
  const journal = join(dir, 'journal.jsonl');
  const first = new TaskStore({ dir });
  first.createQueue(newQueue(QUEUE));
  let largest = 0;
  for (let number = 0; number < 300; number++) {
    const task = first.createTask(`${QUEUE}/tasks/t${number}`, spec, later);
    // Those around which the journal is written anew are kept.
    if (number < 100 || number >= 160) first.queue(QUEUE).delete(task);
    largest = Math.max(largest, statSync(journal).size);
  }
  // All 300 together have 36 MB.
  expect(largest).toBeLessThan(30e6);
  await first.stop();
  const second = new TaskStore({ dir });
  expect(second.queue(QUEUE).tasks.size).toBe(60);
  expect(() => second.createTask(`${QUEUE}/tasks/t299`, spec, later)).toThrow('existed too recently');
  await second.stop();
});

it('says which line of its journal cannot be read', async () => {
  appendFileSync(join(dir, 'journal.jsonl'), 'no json\n{}\n');
  await expect(startTasks({ dir })).rejects.toThrow(/journal\.jsonl:1 is no JSON/);
});
