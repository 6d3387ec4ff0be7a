import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawPages, outOfDate } from './draw.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));

describe('docs/wiring.md and docs/guarantees.md', () => {
  it('are up to date (else: npm run docs)', () => {
    expect(outOfDate(repository)).toEqual([]);
  });
});

describe('a page that is drawn', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'draw-'));
    mkdirSync(join(root, 'docs'));
    for (const folder of ['eventarc', 'functions']) {
      const yaml = (path: string) => !/\.[^/]*$/.test(path) || path.endsWith('.yaml');
      cpSync(join(repository, folder), join(root, folder), { recursive: true, filter: yaml });
    }
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const page = () => readFileSync(join(root, 'docs/wiring.md'), 'utf8');
  const write = (text: string) => writeFileSync(join(root, 'docs/wiring.md'), text);

  it('is missed while it is not there', () => {
    expect(outOfDate(root)).toEqual([
      'docs/wiring.md:1: is missing, should be "# Wiring". Mend: npm run docs.',
      'docs/guarantees.md:1: is missing, should be "# Guarantees". Mend: npm run docs.',
    ]);
  });

  it('is up to date once drawn', () => {
    drawPages(root);
    expect(outOfDate(root)).toEqual([]);
  });

  it('is out of date at the first line that differs', () => {
    drawPages(root);
    write(page().replace('## Topics', '## Tropics'));
    const line = page().split('\n').indexOf('## Tropics') + 1;
    expect(outOfDate(root)).toEqual([
      `docs/wiring.md:${line}: is "## Tropics", should be "## Topics". Mend: npm run docs.`,
    ]);
  });

  it('is out of date when something was added at its end', () => {
    drawPages(root);
    const lines = page().split('\n').length;
    write(`${page()}\n`);
    expect(outOfDate(root)).toEqual([
      `docs/wiring.md:${lines + 1}: is "", should be missing. Mend: npm run docs.`,
    ]);
  });
});
