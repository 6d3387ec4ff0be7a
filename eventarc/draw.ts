import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadWiring } from './load.ts';
import { wiringPage } from './page.ts';

const PAGE = 'docs/wiring.md';

/** Writes docs/wiring.md. @throws WiringError */
export function drawWiring(root: string): void {
  writeFileSync(join(root, PAGE), wiringPage(loadWiring(root)));
}

/** The first line of docs/wiring.md that is out of date, with the way to mend it; undefined when none is. @throws WiringError */
export function outOfDate(root: string): string | undefined {
  const path = join(root, PAGE);
  const written = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const expected = wiringPage(loadWiring(root)).split('\n');
  const index = expected.findIndex((line, i) => line !== written[i]);
  const first = index === -1 && written.length > expected.length ? expected.length : index;
  if (first === -1) return undefined;
  const [is, should] = [written[first], expected[first]].map(line =>
    line === undefined ? 'missing' : `"${line}"`,
  );
  return `${PAGE}:${first + 1}: is ${is}, should be ${should}. Mend: npm run docs.`;
}

function main(check: boolean): void {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const stale = outOfDate(root);
  if (stale === undefined) return;
  if (!check) {
    drawWiring(root);
    return;
  }
  console.error(stale);
  process.exitCode = 1;
}

if (import.meta.main) main(process.argv.includes('--check'));
