import { expect, it } from 'vitest';
import { CAUSE_HEADER } from '../meter/cause.ts';
import { Meter } from '../meter/meter.ts';
import { fixture } from './testing.ts';

it('a streamed row is billed as a kilobyte at least, to the step in whose name it comes; a refused request as nothing', async () => {
  const meter = new Meter();
  const { client, url } = await fixture({ meter });
  await client.dataset('shop').createTable('t', { schema: { fields: [{ name: 'id', type: 'STRING' }] } });
  const insert = (json: object, payer: string) =>
    fetch(`${url}/projects/demo-millrace/datasets/shop/tables/t/insertAll`, {
      method: 'POST',
      headers: { [CAUSE_HEADER]: `${payer};4;0.1` },
      body: JSON.stringify({ rows: [{ json }, { json }] }),
    });
  await insert({ id: 'a' }, 'warehouse');
  const large = 'x'.repeat(5000);
  await insert({ id: large }, 'mirror');
  await insert({ none: 1 }, 'feed');
  expect(meter.counts).toEqual({
    warehouse: { 'bigquery.insertedBytes': 2048 },
    mirror: {
      'bigquery.insertedBytes': JSON.stringify({ rows: [{ json: { id: large } }, { json: { id: large } }] })
        .length,
    },
  });
});
