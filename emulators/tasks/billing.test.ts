import { expect, test } from 'vitest';
import { CAUSE_HEADER } from '../meter/cause.ts';
import { Meter } from '../meter/meter.ts';
import { startTasks } from './server.ts';
import { clientOf, QUEUE, startWorker } from './testing.ts';

test('every call and every attempt is an operation, for each 32 KiB of it', async () => {
  const meter = new Meter();
  const worker = await startWorker((_, number) => (number === 1 ? 500 : 200));
  const target = () => ({ url: new URL(worker.url), cause: 'tick;1;3.1' });
  const emulator = await startTasks({ meter, timeScale: 1000, queues: [{ name: QUEUE, target }] });
  const client = clientOf(emulator.port);
  try {
    const httpRequest = { url: 'https://nowhere.invalid/', body: Buffer.alloc(40_000) };
    await client.createTask({ parent: QUEUE, task: { httpRequest } });
    const calls = await worker.called(2);
    expect(meter.counts).toEqual({ clients: { 'tasks.operations': 2 }, tick: { 'tasks.operations': 4 } });
    expect(calls[0]!.headers[CAUSE_HEADER]).toBe('tick;1;3.1');
    await client.getQueue({ name: QUEUE });
    expect(meter.counts['clients']).toEqual({ 'tasks.operations': 3 });
  } finally {
    await client.close();
    await emulator.stop();
    await worker.stop();
  }
});
