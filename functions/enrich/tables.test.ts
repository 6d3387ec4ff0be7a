import { describe, expect, it } from 'vitest';
import type { Join } from '../../shared/pipelines/pipeline.ts';
import { keepTables } from './tables.ts';

const joinOf = (hash: string): Join => ({
  ...{ reference: 'r', column: 'code', as: 'row', missing: 'keep' },
  hash,
  on: ['code'],
});

function reader(most: number) {
  const reads: string[] = [];
  const state = { fails: false };
  const tableFor = keepTables(async hash => {
    reads.push(hash);
    if (state.fails) throw new Error('not now');
    return `code,name\n1,${hash}\n`;
  }, most);
  return { reads, state, tableFor };
}

describe('reference tables', () => {
  it('are read once, however many ask at once', async () => {
    const { reads, tableFor } = reader(1000);
    const [one, two] = await Promise.all([tableFor(joinOf('a')), tableFor(joinOf('a'))]);
    expect(one).toBe(two);
    expect(one.get('1')).toEqual({ code: '1', name: 'a' });
    expect(reads).toEqual(['a']);
  });

  it('go when others need their room, those used least lately first', async () => {
    const { reads, tableFor } = reader(30);
    for (const hash of ['a', 'b', 'a', 'c', 'a', 'b']) await tableFor(joinOf(hash));
    expect(reads).toEqual(['a', 'b', 'c', 'b']);
  });

  it('stay alone where one takes all the room', async () => {
    const { reads, tableFor } = reader(1);
    for (const hash of ['a', 'a', 'b', 'b']) await tableFor(joinOf(hash));
    expect(reads).toEqual(['a', 'b']);
  });

  it('are asked for again after a failure', async () => {
    const { reads, state, tableFor } = reader(1000);
    state.fails = true;
    await expect(tableFor(joinOf('a'))).rejects.toThrow('not now');
    state.fails = false;
    expect((await tableFor(joinOf('a'))).size).toBe(1);
    expect(reads).toEqual(['a', 'a']);
  });
});
