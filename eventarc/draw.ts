import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guaranteesPage } from './guarantees-page.ts';
import { loadWiring } from './load.ts';
import { wiringPage } from './page.ts';
import type { Wiring } from './wiring.ts';

/** The pages that are made of the wiring. */
const PAGES: Readonly<Record<string, (wiring: Wiring) => string>> = {
  'docs/wiring.md': wiringPage,
  'docs/guarantees.md': guaranteesPage,
};

/** Writes the pages. @throws WiringError */
export function drawPages(root: string): void {
  const wiring = loadWiring(root);
  for (const [page, draw] of Object.entries(PAGES)) writeFileSync(join(root, page), draw(wiring));
}

/** The first line of each page that is out of date, with the way to mend it. @throws WiringError */
export function outOfDate(root: string): string[] {
  const wiring = loadWiring(root);
  return Object.entries(PAGES).flatMap(([page, draw]) => {
    const path = join(root, page);
    const written = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    const difference = firstDifference(written, draw(wiring).split('\n'));
    return difference === undefined ? [] : [`${page}:${difference}. Mend: npm run docs.`];
  });
}

function firstDifference(written: readonly string[], expected: readonly string[]): string | undefined {
  const index = expected.findIndex((line, i) => line !== written[i]);
  const first = index === -1 && written.length > expected.length ? expected.length : index;
  if (first === -1) return undefined;
  const [is, should] = [written[first], expected[first]].map(line =>
    line === undefined ? 'missing' : `"${line}"`,
  );
  return `${first + 1}: is ${is}, should be ${should}`;
}

function main(check: boolean): void {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const stale = outOfDate(root);
  if (stale.length === 0) return;
  if (!check) {
    drawPages(root);
    return;
  }
  for (const line of stale) console.error(line);
  process.exitCode = 1;
}

if (import.meta.main) main(process.argv.includes('--check'));
