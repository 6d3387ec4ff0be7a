import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** The table of docs/architecture.md: what may import what. A folder may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  eventarc: ['shared'],
  functions: ['shared'],
  services: ['shared'],
  emulators: ['shared', 'eventarc', 'services'],
  cli: ['shared', 'eventarc', 'functions', 'services', 'emulators'],
  build: ['shared', 'eventarc', 'services', 'emulators', 'cli'],
  terraform: ['shared', 'eventarc', 'cli', 'build'],
  web: [],
  test: ['shared', 'eventarc', 'functions', 'services', 'emulators', 'cli', 'build', 'terraform'],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const isTest = (file: string): boolean => /\.test\.ts$|\/testing?\.ts$|\/fixtures\//.test(file);

const imports: readonly Import[] = Object.keys(MAY_IMPORT).flatMap(folder =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => /\.tsx?$/.test(file))
    .flatMap(file => importsOf(join(ROOT, folder, file))),
);

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...found].map(([, to = '']) => ({
    from: relative(ROOT, file),
    to: relative(ROOT, resolve(dirname(file), to)),
  }));
}

const top = (path: string): string => path.split('/')[0]!;
const part = (path: string): string => path.split('/').slice(0, 2).join('/');

describe('the house', () => {
  it.each(Object.keys(MAY_IMPORT))('lets %s import only what stands below it', folder => {
    const allowed = [folder, ...MAY_IMPORT[folder]!];
    const broken = imports.filter(
      ({ from, to }) => top(from) === folder && !isTest(from) && !allowed.includes(top(to)),
    );
    expect(broken).toEqual([]);
  });

  it('keeps steps apart: they meet in topics and documents', () => {
    const broken = imports.filter(
      ({ from, to }) => top(from) === 'functions' && top(to) === 'functions' && part(from) !== part(to),
    );
    expect(broken).toEqual([]);
  });

  it('shares only what several need', () => {
    const modules = readdirSync(join(ROOT, 'shared'));
    const alone = modules.filter(module => {
      const home = `shared/${module}`;
      const users = imports.filter(
        ({ from, to }) => part(to) === home && part(from) !== home && !isTest(from),
      );
      return new Set(users.map(({ from }) => part(from))).size < 2;
    });
    expect(alone).toEqual([]);
  });
});
