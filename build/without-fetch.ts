import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

const GAXIOS = /node_modules\/gaxios\/build\/(cjs|esm)\/src\/gaxios\.js$/;

/**
 * Keeps the Google clients from loading the part of Node that `fetch` is of: they do not fetch with it, only name two of
 * its classes, and it takes a sixth of a start. A step that names `fetch` itself loads it as ever.
 */
export const withoutFetch: Plugin = {
  name: 'without-fetch',
  setup({ initialOptions, onLoad }) {
    initialOptions.inject = [join(import.meta.dirname, 'start/headers.mjs')];
    initialOptions.define = { 'globalThis.Headers': 'Headers' };
    // Only asked whether a body is one.
    onLoad({ filter: GAXIOS }, ({ path }) => ({
      contents: `${readFileSync(path, 'utf8')}\nclass FormData {}\n`,
    }));
  },
};
