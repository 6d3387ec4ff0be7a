import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { faultsOf } from '../shared/pipelines/testkit.ts';
import type { StreamPane } from '../shared/streams/engine/spec.ts';

const ROOT = resolve(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, 'docs/streams.md'), 'utf8');

const snippets = (language: string): string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) => text!);

/** What the parts of a pipeline that a snippet leaves out may be. */
const REST: Readonly<Record<string, string>> = {
  description: 'description: A snippet of docs/streams.md',
  schema: `schema:
  type: object
  properties:
    at: { type: string }
    shop: { type: string }
    order: { type: string }
    visitor: { type: string }
    spent: { type: number }
    ms: { type: number }`,
  time: 'time: { field: at }',
  key: 'key: shop',
};

describe('docs/streams.md', () => {
  it.each(snippets('yaml').map(text => [text.replaceAll(/\s+/g, ' ').trim(), text]))(
    'shows what compiles: %s',
    (_line, text) => {
      const rest = Object.entries(REST).filter(([name]) => !new RegExp(`^${name}:`, 'm').test(text));
      const pipeline = `${rest.map(([, lines]) => lines).join('\n')}\n${text}`;
      expect(faultsOf({ 'snippet.yaml': pipeline })).toEqual([]);
    },
  );

  it('shows a program that runs, and finds the session that it should', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-docs-'));
    try {
      const [program] = snippets('ts');
      const file = join(folder, 'program.ts');
      writeFileSync(file, program!.replaceAll("'./shared/", `'${pathToFileURL(ROOT)}/shared/`));
      const { panes, refused } = (await import(pathToFileURL(file).href)) as {
        panes: readonly StreamPane[];
        refused: readonly unknown[];
      };
      expect(refused).toEqual([]);
      expect(panes.map(({ timing, groups }) => [timing, [...groups.keys()]])).toEqual([['onTime', ['ann']]]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
