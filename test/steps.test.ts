import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadWiring } from '../eventarc/load.ts';

const ROOT = resolve(import.meta.dirname, '..');
const steps = readdirSync(join(ROOT, 'functions'));

describe('every folder under functions/', () => {
  it.each(steps)('%s has the shape of a step', step => {
    for (const file of ['index.ts', 'function.yaml', `${step}.ts`, `${step}.test.ts`]) {
      expect(existsSync(join(ROOT, 'functions', step, file)), `functions/${step}/${file}`).toBe(true);
    }
  });

  it('is a step of the wiring', () => {
    expect(
      loadWiring(ROOT)
        .steps.map(({ name }) => name)
        .sort(),
    ).toEqual([...steps].sort());
  });
});
