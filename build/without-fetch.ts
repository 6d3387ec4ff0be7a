import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

const HEADERS = 'headers-of-node-fetch';
const GAXIOS = /node_modules\/gaxios\/build\/(cjs|esm)\/src\/gaxios\.js$/;

/**
 * Keeps the Google clients from loading the part of Node that `fetch` is of, which takes a sixth of a start: they name only
 * two of its classes, and fetch with node-fetch, which brings the one. A step that names `fetch` itself loads it as ever.
 */
export const withoutFetch: Plugin = {
  name: 'without-fetch',
  setup({ initialOptions, onLoad, onResolve }) {
    initialOptions.define = { 'globalThis.Headers': 'Headers' };
    initialOptions.inject = [HEADERS];
    const filter = new RegExp(`^${HEADERS}$`);
    onResolve({ filter }, ({ path }) => ({ path, namespace: 'without-fetch' }));
    onLoad({ filter, namespace: 'without-fetch' }, () => ({
      contents: "export { default as Headers } from 'node-fetch/src/headers.js';",
      resolveDir: initialOptions.absWorkingDir ?? '',
    }));
    // Only asked whether a body is one.
    onLoad({ filter: GAXIOS }, ({ path }) => ({
      contents: `${readFileSync(path, 'utf8')}\nclass FormData {}\n`,
    }));
  },
};
