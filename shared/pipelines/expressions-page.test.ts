import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../expressions/language.ts';
import { fieldsOf } from '../streams/aggregations/fields.ts';
import { FORMS } from './measures.ts';
import { load } from './testkit.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/expressions.md'), 'utf8');

describe('docs/expressions.md', () => {
  it('shows a pipeline that is one', () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect(load({ 'requests.yaml': yaml }).pipelines[0]).toMatchObject({
      windows: [
        { name: 'five-minutes' },
        { name: 'hot', top: { by: { of: 'value', value: 'heat' }, most: 20 } },
      ],
      levels: [{ measure: { of: 'p99', value: 'latency' } }],
      routes: [{ topic: 'server-errors' }],
    });
  });

  it('names every function that there is', () => {
    for (const name of Object.keys(FUNCTIONS)) expect(page).toMatch(new RegExp(`\`${name}[\`(]`));
  });

  it.each(FORMS)('says what %s shows', form => {
    const row = page
      .split('\n')
      .find(line => /^\| `/.test(line) && line.split('|')[1]!.includes(`\`${form}\``))!;
    const fields = form === 'quantiles' ? ['p50'] : Object.keys(fieldsOf({ of: form } as never));
    for (const field of fields) expect(row).toContain(field);
  });
});
