import { messageOf } from '../errors/errors.ts';
import { choice } from '../yaml/choice.ts';
import type { YamlPath } from '../yaml/problem.ts';
import { fileOf, type ReferenceTables } from './check-joins.ts';
import { type Fault, isText, listOf, mapOf, type Unchecked } from './fault.ts';
import { FORMS } from './measures.ts';
import { formatPath, parsePath } from './path.ts';
import type { Path } from './pipeline.ts';
import { follow } from './record-schema.ts';

/** A path that the file names: where it stands, and what may lie at its end. */
interface Named {
  readonly at: YamlPath;
  readonly text: string;
  /** JSON types of which one must be possible there; any where none is named. */
  readonly types?: readonly string[];
  /** Whether it is followed in the record with its joined rows, or in the record as it came. */
  readonly joined?: boolean;
}

const NUMBER = ['number', 'integer'];
const SCALAR = [...NUMBER, 'string', 'boolean'];
/** What the paths of measures lead to. */
const INPUTS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(FORMS.map(form => [form, NUMBER])),
  first: SCALAR,
  last: SCALAR,
  distinct: SCALAR,
  top: SCALAR,
};
const WORDS: Readonly<Record<string, string>> = {
  number: 'a number',
  integer: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

/** Every path leads to something that the record's schema, or the joined table, says is there. */
export function pathFaults(source: Unchecked, tables: ReferenceTables): Fault[] {
  const joins = new Map(
    listOf(source['join']).map(join => [mapOf(join)['as'], String(mapOf(join)['reference'])]),
  );
  return pathsOf(source).flatMap(named => {
    const path = parse(named);
    if ('what' in path) return [path];
    const reference = joins.get(path.segments[0]);
    const words =
      reference === undefined
        ? astray(source['schema'], named, path.segments)
        : astrayInRow(named, path.segments, reference, tables);
    return words ? [{ path: named.at, ...words }] : [];
  });
}

function parse({ at, text }: Named): Fault | { segments: Path } {
  try {
    return { segments: parsePath(text) };
  } catch (error) {
    return { path: at, what: messageOf(error) };
  }
}

function astray(schema: unknown, { text, types }: Named, segments: Path): Omit<Fault, 'path'> | undefined {
  const end = follow(schema, segments);
  if ('unknown' in end) {
    const place = ['schema', ...end.path].join('.');
    const { expected, mend } = choice(end.unknown, end.known);
    return {
      what: `${text}: the record's schema declares no "${end.unknown}" under ${place}`,
      ...(expected && { expected }),
      mend: mend ?? `declare ${end.unknown} there`,
    };
  }
  if ('leaf' in end) {
    const whole = formatPath(segments.slice(0, end.depth)) || 'the record';
    return { what: `${text}: ${whole} is ${wordsOf(end.leaf)}, with nothing inside` };
  }
  if (!types || !end.types || end.types.some(type => types.includes(type))) return undefined;
  return { what: `${text} is ${wordsOf(end.types)}`, expected: wordsOf(types) };
}

/** A row is an object of texts. */
function astrayInRow(
  { at, text, types, joined }: Named,
  [, column, ...deeper]: Path,
  reference: string,
  tables: ReferenceTables,
): Omit<Fault, 'path'> | undefined {
  const file = fileOf(reference);
  if (!joined) {
    const what = `${text} is joined only after "${at.at(-1)}" has been read`;
    return { what, expected: 'a path into the record as it comes in' };
  }
  if (types && !types.includes('string')) {
    return { what: `${text} is text, as all is in ${file}`, expected: wordsOf(types) };
  }
  const table = tables.get(reference);
  if (column === undefined || !table || 'unreadable' in table) return undefined;
  if (!isText(column) || !table.columns.includes(column)) {
    return { what: `${text}: ${file} has no column "${column}"`, ...choice(String(column), table.columns) };
  }
  return deeper.length > 0 ? { what: `${text}: a cell of ${file} is text, with nothing inside` } : undefined;
}

function pathsOf(source: Unchecked): Named[] {
  const paths: (Omit<Named, 'text'> & { text: unknown })[] = [
    { at: ['time', 'field'], text: mapOf(source['time'])['field'], types: [...NUMBER, 'string'] },
    { at: ['id'], text: source['id'], types: [...NUMBER, 'string'] },
    { at: ['key'], text: source['key'] },
    ...listOf(source['join']).map((join, index) => ({ at: ['join', index, 'on'], text: mapOf(join)['on'] })),
  ];
  for (const [name, window] of Object.entries(mapOf(source['windows']))) {
    const { key, values, measures } = mapOf(window);
    paths.push({ at: ['windows', name, 'key'], text: key, joined: true });
    for (const [measure, text] of Object.entries(mapOf(values))) {
      paths.push({ at: ['windows', name, 'values', measure], text, types: NUMBER, joined: true });
    }
    for (const [measure, value] of Object.entries(mapOf(measures))) {
      for (const [form, text] of Object.entries(mapOf(value))) {
        const types = INPUTS[form];
        if (types)
          paths.push({ at: ['windows', name, 'measures', measure, form], text, types, joined: true });
      }
    }
  }
  for (const [name, alert] of Object.entries(mapOf(source['alerts']))) {
    const { field, title, window, 'silent-for': silence } = mapOf(alert);
    paths.push({ at: ['alerts', name, 'field'], text: field, types: NUMBER, joined: true });
    if (window !== undefined || silence !== undefined) continue;
    for (const [, text] of isText(title) ? title.matchAll(/\{([^{}]*)\}/g) : []) {
      paths.push({ at: ['alerts', name, 'title'], text, joined: true });
    }
  }
  return paths.filter((path): path is Named => isText(path.text));
}

function wordsOf(types: readonly string[]): string {
  const whole = types.includes('number') ? types.filter(type => type !== 'integer') : types;
  return whole.map(type => WORDS[type] ?? type).join(' or ');
}
