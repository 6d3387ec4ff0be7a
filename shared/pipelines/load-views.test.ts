import { describe, expect, it } from 'vitest';
import { dashboardViews } from '../warehouse/tables.ts';
import { faultsOf, HEAD, load } from './testkit.ts';

const KEPT = `${HEAD}warehouse: true\n`;
const VIEW =
  '-- How many\n-- there are\nSELECT COUNT(*) AS n FROM {events} AS a JOIN {events} AS b USING (event_id)\n';

describe('views of a pipeline', () => {
  it('are part of it, with their descriptions, and make a new version', () => {
    const [with_] = load({ 'my-shop.yaml': KEPT, 'views/my-shop/many.sql': VIEW }).pipelines;
    const [without] = load({ 'my-shop.yaml': KEPT }).pipelines;
    expect(with_!.warehouse?.views).toEqual([
      { name: 'many', description: 'How many there are', query: VIEW.split('\n')[2] },
    ]);
    expect(with_!.version).not.toBe(without!.version);
    expect(without!.warehouse).not.toHaveProperty('views');
  });

  it('read the view that has each event once, of their project', () => {
    const [pipeline] = load({ 'my-shop.yaml': KEPT, 'views/my-shop/many.sql': VIEW }).pipelines;
    const events = '`acme.millrace.events_my_shop`';
    expect(dashboardViews(pipeline!, 'acme')).toEqual([
      {
        dataset: 'millrace',
        view: 'my_shop_many',
        description: 'How many there are',
        query: `SELECT COUNT(*) AS n FROM ${events} AS a JOIN ${events} AS b USING (event_id)`,
      },
    ]);
  });

  it('are refused with what is to be mended', () => {
    expect(
      faultsOf({
        'a.yaml': HEAD,
        'b.yaml': KEPT,
        'events.yaml': KEPT,
        'views/a/x.sql': VIEW,
        'views/b/Big.sql': VIEW,
        'views/b/notes.txt': VIEW,
        'views/b/plain.sql': 'SELECT 1',
        'views/events/x.sql': VIEW,
        'views/gone/x.sql': VIEW,
      }),
    ).toEqual([
      'pipelines/views/a:1:1: the pipeline keeps no events in BigQuery. Mend: say "warehouse: true" in pipelines/a.yaml.',
      'pipelines/views/b/Big.sql:1:1: "Big.sql" is no file of a view. Expected small letters, digits and underscores, then .sql. Mend: rename the file.',
      'pipelines/views/b/notes.txt:1:1: "notes.txt" is no file of a view. Expected small letters, digits and underscores, then .sql. Mend: rename the file.',
      'pipelines/views/b/plain.sql:1:1: nothing says what the view shows. Mend: begin the file with a comment: -- What it shows.',
      "pipelines/views/b/plain.sql:1:1: the query reads no {events}. Mend: write FROM {events} where the pipeline's events go.",
      'pipelines/views/events:1:1: a pipeline called events has no views. Mend: rename it.',
      'pipelines/views/gone:1:1: there is no pipeline "gone" to have views. Mend: rename the folder.',
    ]);
  });
});
