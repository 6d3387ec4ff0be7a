/**
 * Gives the text cells of a CSV record the types that the pipeline's schema names, so that one schema serves every
 * format. A cell that does not read as its type stays text: the schema then refuses it with its own words.
 */
export function createTyper(schema: Readonly<Record<string, unknown>>): (record: unknown) => unknown {
  const properties = (schema['properties'] ?? {}) as Record<string, { type?: string | readonly string[] }>;
  const readers = new Map<string, Reader>();
  for (const [name, property] of Object.entries(properties)) {
    const types = [property.type ?? []].flat();
    const reader = types.map(type => READERS[type]).find(one => one !== undefined);
    if (reader) readers.set(name, reader);
  }
  return record => {
    const typed: Record<string, unknown> = {};
    for (const [name, cell] of Object.entries(record as Record<string, string>)) {
      const reader = readers.get(name);
      // An empty cell of a typed column is a missing value; an empty text is a text.
      if (reader && cell === '') continue;
      Object.defineProperty(typed, name, { value: reader ? reader(cell) : cell, enumerable: true });
    }
    return typed;
  };
}

type Reader = (cell: string) => unknown;

const READERS: Readonly<Record<string, Reader | undefined>> = {
  number: readNumber,
  integer: readNumber,
  boolean: cell => ({ true: true, false: false })[cell.toLowerCase()] ?? cell,
};

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function readNumber(cell: string): unknown {
  const text = cell.trim();
  return NUMBER.test(text) ? Number(text) : cell;
}
