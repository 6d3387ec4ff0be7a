import type { CloudTasksClient } from '@google-cloud/tasks';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Emulator } from '../emulator.ts';
import { startTasks, type TasksOptions } from './server.ts';
import { clientOf, LOCATION, QUEUE, startWorker, type Worker } from './testing.ts';

let emulator: Emulator;
let client: CloudTasksClient;
let worker: Worker | undefined;

beforeEach(async () => {
  emulator = await startTasks({ timeScale: 20 });
  client = clientOf(emulator.port);
});
afterEach(async () => {
  await client.close();
  await emulator.stop();
  await worker?.stop();
  worker = undefined;
});

type QueueFields = NonNullable<NonNullable<Parameters<CloudTasksClient['createQueue']>[0]>['queue']>;
type TaskFields = NonNullable<NonNullable<Parameters<CloudTasksClient['createTask']>[0]>['task']>;

const makeQueue = async (fields: QueueFields = {}) =>
  (await client.createQueue({ parent: LOCATION, queue: { name: QUEUE, ...fields } }))[0];
const makeTask = async (task: TaskFields) => (await client.createTask({ parent: QUEUE, task }))[0];
const post = (url = worker!.url) => ({ httpRequest: { url } });
const inSeconds = (seconds: number) => ({ seconds: Math.floor(Date.now() / 1000) + seconds });
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'OK',
    (error: { code?: number }) => status[error.code ?? -1] ?? String(error),
  );
/** The queue is empty once all its tasks are done. */
async function emptied(): Promise<void> {
  while ((await client.listTasks({ parent: QUEUE }))[0].length > 0)
    await new Promise(done => setTimeout(done, 5));
}

describe('a queue', () => {
  it('is made with what Cloud Tasks picks, changed by a mask, paused, resumed, listed and deleted', async () => {
    const made = await makeQueue();
    expect(made).toMatchObject({
      name: QUEUE,
      state: 'RUNNING',
      rateLimits: { maxDispatchesPerSecond: 500, maxBurstSize: 100, maxConcurrentDispatches: 1000 },
      retryConfig: { maxAttempts: 100, maxDoublings: 16, minBackoff: { nanos: 100_000_000 } },
    });
    expect(await codeOf(makeQueue())).toBe('ALREADY_EXISTS');
    const queue = { name: QUEUE, rateLimits: { maxDispatchesPerSecond: 1 }, retryConfig: { maxAttempts: 7 } };
    const [changed] = await client.updateQueue({
      queue,
      updateMask: { paths: ['retry_config.max_attempts'] },
    });
    expect(changed).toMatchObject({
      rateLimits: { maxDispatchesPerSecond: 500 },
      retryConfig: { maxAttempts: 7 },
    });
    expect((await client.pauseQueue({ name: QUEUE }))[0].state).toBe('PAUSED');
    expect((await client.resumeQueue({ name: QUEUE }))[0].state).toBe('RUNNING');
    for (const name of ['b', 'a'])
      await client.updateQueue({ queue: { name: `${LOCATION}/queues/${name}` } });
    const queues = await Array.fromAsync(client.listQueuesAsync({ parent: LOCATION, pageSize: 1 }));
    expect(queues.map(({ name }) => name?.split('/').at(-1))).toEqual(['a', 'b', 'work']);
    await client.deleteQueue({ name: QUEUE });
    expect(await codeOf(client.getQueue({ name: QUEUE }))).toBe('NOT_FOUND');
    expect(await codeOf(makeQueue())).toBe('FAILED_PRECONDITION');
    expect(await codeOf(makeTask(post('http://a')))).toBe('FAILED_PRECONDITION');
  });

  it.each([
    ['a name without a location', { name: 'queues/q' }, 'INVALID_ARGUMENT'],
    ['more than 500 a second', { rateLimits: { maxDispatchesPerSecond: 501 } }, 'INVALID_ARGUMENT'],
    ['fewer attempts than -1', { retryConfig: { maxAttempts: -2 } }, 'INVALID_ARGUMENT'],
    [
      'a longer first than last backoff',
      { retryConfig: { minBackoff: { seconds: 5 }, maxBackoff: { seconds: 4 } } },
      'INVALID_ARGUMENT',
    ],
    ['a route into App Engine', { appEngineRoutingOverride: { service: 's' } }, 'UNIMPLEMENTED'],
  ] as const)('with %s is refused', async (_what, fields, code) => {
    expect(await codeOf(makeQueue(fields))).toBe(code);
  });

  it('sends no faster than its rate after the burst', async () => {
    worker = await startWorker();
    await makeQueue({ rateLimits: { maxDispatchesPerSecond: 20 } });
    await Promise.all(Array.from({ length: 15 }, () => makeTask(post())));
    const calls = await worker.called(15);
    // Ten at once, five more at 50 ms each; the first may have been noticed late.
    expect(calls[14]!.at - calls[0]!.at).toBeGreaterThanOrEqual(150);
  });

  it('has no more under way than it may', async () => {
    let running = 0;
    let most = 0;
    worker = await startWorker(async () => {
      most = Math.max(most, ++running);
      await new Promise(done => setTimeout(done, 20));
      running--;
      return 200;
    });
    await makeQueue({ rateLimits: { maxConcurrentDispatches: 2 } });
    await Promise.all(Array.from({ length: 6 }, () => makeTask(post())));
    await emptied();
    expect(worker.calls).toHaveLength(6);
    expect(most).toBe(2);
  });

  it('keeps its tasks while it is paused, and loses all when it is purged', async () => {
    worker = await startWorker();
    await makeQueue();
    await client.pauseQueue({ name: QUEUE });
    await makeTask({ ...post(), name: `${QUEUE}/tasks/one` });
    await makeTask({ httpRequest: { url: `${worker.url}/two` } });
    await new Promise(done => setTimeout(done, 30));
    expect(worker.calls).toEqual([]);
    expect((await client.purgeQueue({ name: QUEUE }))[0].purgeTime).toBeTruthy();
    await makeTask({ httpRequest: { url: `${worker.url}/three` } });
    await client.resumeQueue({ name: QUEUE });
    await emptied();
    expect(worker.calls.map(({ path }) => path)).toEqual(['/three']);
    expect(await codeOf(makeTask({ ...post(), name: `${QUEUE}/tasks/one` }))).toBe('ALREADY_EXISTS');
  });
});

describe('a task', () => {
  it('calls its target with its body and headers, and with those that tell of itself', async () => {
    worker = await startWorker();
    await makeQueue();
    const created = await makeTask({
      name: `${QUEUE}/tasks/first`,
      httpRequest: {
        httpMethod: 'PUT',
        url: `${worker.url}/orders?a=1`,
        headers: {
          'ce-type': 'millrace.timer',
          'Content-Type': 'application/json',
          Host: 'elsewhere',
          'X-Google-A': '1',
        },
        body: Buffer.from('{"a":1}'),
        oidcToken: { serviceAccountEmail: 'caller@demo.iam.gserviceaccount.com' },
      },
    });
    expect(created).toMatchObject({ view: 'BASIC', dispatchDeadline: { seconds: '600' }, dispatchCount: 0 });
    expect(created.httpRequest!.body).toHaveLength(0);
    const [call] = await worker.called(1);
    expect(call).toMatchObject({ method: 'PUT', path: '/orders?a=1', body: '{"a":1}' });
    expect(call!.headers).toMatchObject({
      host: worker.url.slice('http://'.length),
      'user-agent': 'Google-Cloud-Tasks',
      'content-type': 'application/json',
      'ce-type': 'millrace.timer',
      'x-cloudtasks-queuename': 'work',
      'x-cloudtasks-taskname': 'first',
      'x-cloudtasks-taskretrycount': '0',
      'x-cloudtasks-taskexecutioncount': '0',
    });
    expect(call!.headers['x-google-a']).toBeUndefined();
    const eta = Number(call!.headers['x-cloudtasks-tasketa']);
    expect(Math.abs(eta - call!.at / 1000)).toBeLessThan(1);
    const [, claims = ''] = call!.headers.authorization!.replace('Bearer ', '').split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      aud: `${worker.url}/orders?a=1`,
      email: 'caller@demo.iam.gserviceaccount.com',
    });
    await emptied();
    expect(await codeOf(client.getTask({ name: `${QUEUE}/tasks/first` }))).toBe('NOT_FOUND');
  });

  it('waits for its time, which is real whatever the time scale', async () => {
    worker = await startWorker();
    await makeQueue();
    const at = Date.now() + 300;
    await makeTask({ ...post(), scheduleTime: { seconds: Math.floor(at / 1000), nanos: (at % 1000) * 1e6 } });
    const [call] = await worker.called(1);
    expect(call!.at).toBeGreaterThanOrEqual(at);
    expect(call!.at - at).toBeLessThan(2000);
  });

  it('bears a name that nobody can use again, neither while it waits nor after it ran or was deleted', async () => {
    worker = await startWorker();
    await makeQueue();
    const named = (id: string, more: TaskFields = {}) => ({
      ...post(),
      name: `${QUEUE}/tasks/${id}`,
      ...more,
    });
    await makeTask(named('waits', { scheduleTime: inSeconds(60) }));
    expect(await codeOf(makeTask(named('waits')))).toBe('ALREADY_EXISTS');
    await client.deleteTask({ name: `${QUEUE}/tasks/waits` });
    await makeTask(named('runs'));
    await emptied();
    for (const id of ['waits', 'runs']) expect(await codeOf(makeTask(named(id)))).toBe('ALREADY_EXISTS');
    expect(worker.calls).toHaveLength(1);
  });

  it('comes again after each failure at the queue’s backoff, tells how often, and is given up in the end', async () => {
    worker = await startWorker((_call, number) => (number === 1 ? 503 : 404));
    const backoff = { minBackoff: { seconds: 1 }, maxBackoff: { seconds: 3 }, maxDoublings: 1 };
    await makeQueue({ retryConfig: { maxAttempts: 4, ...backoff } });
    await makeTask({ ...post(), name: `${QUEUE}/tasks/t` });
    await worker.called(2);
    const [task] = await client.getTask({ name: `${QUEUE}/tasks/t`, responseView: 'FULL' });
    expect(task.firstAttempt?.dispatchTime).toBeTruthy();
    const calls = await worker.called(4);
    await emptied();
    expect(worker.calls).toHaveLength(4);
    const header = (name: string) => calls.map(({ headers }) => headers[`x-cloudtasks-${name}`]);
    expect(header('taskretrycount')).toEqual(['0', '1', '2', '3']);
    // A 503 is no response of the handler's.
    expect(header('taskexecutioncount')).toEqual(['0', '0', '1', '2']);
    expect(header('taskpreviousresponse')).toEqual([undefined, '503', '404', '404']);
    const waits = calls.slice(1).map(({ at }, index) => at - calls[index]!.at);
    // 1, 2 and 3 seconds, twenty times faster.
    for (const [index, least] of [50, 100, 150].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(least - 5);
      expect(waits[index]).toBeLessThan(least + 800);
    }
  });

  it('runs when told to, though its queue is paused and its time has not come', async () => {
    let answer = 500;
    worker = await startWorker(() => answer);
    await makeQueue();
    await client.pauseQueue({ name: QUEUE });
    const name = `${QUEUE}/tasks/t`;
    await makeTask({ ...post(), name, scheduleTime: inSeconds(600) });
    const [ran] = await client.runTask({ name });
    expect(ran).toMatchObject({ dispatchCount: 1, responseCount: 0 });
    await worker.called(1);
    while ((await client.getTask({ name }))[0].responseCount !== 1);
    expect((await client.getTask({ name }))[0].lastAttempt?.responseStatus).toMatchObject({ code: 13 });
    answer = 204;
    await client.runTask({ name });
    await emptied();
    expect(await codeOf(client.runTask({ name }))).toBe('NOT_FOUND');
  });

  it('lists without its body unless the full view is asked for, in pages', async () => {
    await makeQueue();
    const body = Buffer.from('secret');
    for (const id of ['c', 'a', 'b']) {
      await makeTask({
        name: `${QUEUE}/tasks/${id}`,
        scheduleTime: inSeconds(60),
        httpRequest: { url: 'http://127.0.0.1:1', body },
      });
    }
    const basic = await Array.fromAsync(client.listTasksAsync({ parent: QUEUE, pageSize: 2 }));
    expect(basic.map(({ name, httpRequest }) => [name?.at(-1), httpRequest?.body?.length])).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 0],
    ]);
    const [full] = await client.listTasks({ parent: QUEUE, responseView: 'FULL' });
    expect(full.map(({ httpRequest }) => String(httpRequest?.body))).toEqual(['secret', 'secret', 'secret']);
  });

  it.each([
    ['for App Engine', { appEngineHttpRequest: { relativeUri: '/' } }, 'UNIMPLEMENTED'],
    [
      'with an OAuth token',
      { httpRequest: { url: 'http://a', oauthToken: { serviceAccountEmail: 'a' } } },
      'UNIMPLEMENTED',
    ],
    ['without a request', {}, 'INVALID_ARGUMENT'],
    ['with a URL of another scheme', { httpRequest: { url: 'ftp://a' } }, 'INVALID_ARGUMENT'],
    [
      'with a body for GET',
      { httpRequest: { url: 'http://a', httpMethod: 'GET', body: Buffer.from('a') } },
      'INVALID_ARGUMENT',
    ],
    [
      'of more than 100 KiB',
      { httpRequest: { url: 'http://a', body: Buffer.alloc(102_400) } },
      'INVALID_ARGUMENT',
    ],
    [
      'due in more than 30 days',
      { httpRequest: { url: 'http://a' }, scheduleTime: inSeconds(31 * 86_400) },
      'INVALID_ARGUMENT',
    ],
    [
      'with too short a deadline',
      { httpRequest: { url: 'http://a' }, dispatchDeadline: { seconds: 14 } },
      'INVALID_ARGUMENT',
    ],
    [
      'of another queue',
      { name: `${LOCATION}/queues/other/tasks/t`, httpRequest: { url: 'http://a' } },
      'INVALID_ARGUMENT',
    ],
    [
      'with a name of other letters',
      { name: `${QUEUE}/tasks/a.b`, httpRequest: { url: 'http://a' } },
      'INVALID_ARGUMENT',
    ],
  ] as const)('%s is refused', async (_what, task, code) => {
    await makeQueue();
    expect(await codeOf(makeTask(task as TaskFields))).toBe(code);
  });
});

async function startDeployed(queues: TasksOptions['queues'] & {}) {
  const emulator = await startTasks({ queues });
  const client = clientOf(emulator.port);
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await emulator.stop();
    },
  };
}

describe('a queue with a target of its own', () => {
  it('sends its tasks there whatever their URLs say, and waits without spending attempts while nobody is there', async () => {
    worker = await startWorker();
    let url: URL | undefined;
    const queues = [{ name: QUEUE, target: () => url && { url }, retry: { attempts: 1 } }];
    await using deployed = await startDeployed(queues);
    await deployed.client.createTask({
      parent: QUEUE,
      task: { name: `${QUEUE}/tasks/t`, httpRequest: { url: 'https://nowhere.invalid/' } },
    });
    await new Promise(done => setTimeout(done, 60));
    url = new URL('http://127.0.0.1:1/step');
    await new Promise(done => setTimeout(done, 120));
    url = new URL(`${worker.url}/step`);
    const [call] = await worker.called(1);
    expect([call!.path, call!.headers['x-cloudtasks-taskretrycount']]).toEqual(['/step', '0']);
  });
});
