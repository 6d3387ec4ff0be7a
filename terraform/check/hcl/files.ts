import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from '@cdktf/hcl2json';

/** A block's arguments and nested blocks as hcl2json gives them: expressions as text, blocks as lists. */
export type Body = Readonly<Record<string, unknown>>;
type Labelled = Readonly<Record<string, readonly Body[]>>;

/** All .tf files of a folder together, with the modules they call. */
export interface Files {
  readonly folder: string;
  readonly variable: Labelled;
  readonly output: Labelled;
  readonly module: Labelled;
  readonly resource: Readonly<Record<string, Labelled>>;
  readonly data: Readonly<Record<string, Labelled>>;
  readonly locals: Body;
  readonly import: readonly Body[];
  /** By the call's name. */
  readonly modules: ReadonlyMap<string, Files>;
}

type Parsed = Partial<Omit<Files, 'folder' | 'modules' | 'locals'>> & { readonly locals?: readonly Body[] };

const known = new Map<string, Promise<Parsed>>();

/** The same text is parsed once: the checks read many copies that differ in a line. */
function parseOnce(name: string, text: string): Promise<Parsed> {
  const key = `${name}\n${text}`;
  const before = known.get(key) ?? (parse(name, text) as Promise<Parsed>);
  known.set(key, before);
  return before;
}

/** @throws Error of HashiCorp's own parser with file, line and column */
export async function readFiles(folder: string): Promise<Files> {
  const names = readdirSync(folder).filter(name => name.endsWith('.tf'));
  const parsed = await Promise.all(
    names.sort().map(name => parseOnce(name, readFileSync(join(folder, name), 'utf8'))),
  );
  const labelled = (kind: 'variable' | 'output' | 'module'): Labelled =>
    Object.assign({}, ...parsed.map(file => file[kind])) as Labelled;
  const typed = (kind: 'resource' | 'data'): Files['resource'] => {
    const all: Record<string, Labelled> = {};
    for (const file of parsed) {
      for (const [type, named] of Object.entries(file[kind] ?? {})) all[type] = { ...all[type], ...named };
    }
    return all;
  };
  const module = labelled('module');
  const modules = new Map<string, Files>();
  for (const [name, [body]] of Object.entries(module)) {
    modules.set(name, await readFiles(resolve(folder, String(body?.['source']))));
  }
  return {
    folder,
    variable: labelled('variable'),
    output: labelled('output'),
    module,
    resource: typed('resource'),
    data: typed('data'),
    locals: Object.assign({}, ...parsed.flatMap(file => file.locals ?? [])) as Body,
    import: parsed.flatMap(file => file.import ?? []),
    modules,
  };
}
