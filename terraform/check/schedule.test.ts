import type { AddressInfo } from 'node:net';
import { type CloudEvent, cloudEvent } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { expect, it } from 'vitest';
import type { Fields } from './applied.ts';
import { Copy } from './testing.ts';

it('what a scheduled job sends arrives at a step as an event', async () => {
  const copy = new Copy();
  const { main } = await copy.evaluate();
  copy.remove();
  const jobs = main.filter(({ type }) => type === 'google_cloud_scheduler_job');
  const job = jobs.find(({ configured }) => configured['name'] === 'tick-every-minute')?.configured;
  const [target = {}] = (job?.['http_target'] ?? []) as readonly Fields[];
  const events: CloudEvent<unknown>[] = [];
  cloudEvent('woken', (event: CloudEvent<unknown>) => {
    events.push(event);
  });
  const server = getTestServer('woken').listen(0);
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: String(target['http_method']),
    headers: target['headers'] as Record<string, string>,
    body: Buffer.from(String(target['body']), 'base64'),
  });
  server.close();
  expect(response.status).toBe(204);
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({
    id: 'tick-every-minute',
    type: 'google.cloud.scheduler.job.v1.executed',
    source:
      '//cloudscheduler.googleapis.com/projects/demo-millrace/locations/europe-west4/jobs/tick-every-minute',
    data: {},
  });
});
