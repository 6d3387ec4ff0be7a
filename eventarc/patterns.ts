/** Captured segments by name; what `{name=**}` took keeps its slashes. */
export type Params = Readonly<Record<string, string>>;

export interface PathPattern {
  /** The captures when the path fits, else undefined. `path` is plain text: percent-decoding happens at the wire. */
  match(path: string): Params | undefined;
  /** Names of the captures, in order. */
  readonly names: readonly string[];
}

/** One segment of a pattern: plain text, or text with `*` in it, or any number of segments. */
type Segment = { readonly name?: string } & (
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'one'; readonly fits: RegExp }
  | { readonly kind: 'many' }
);

const CAPTURE = /^\{([^{}=]*)(?:=([^{}]*))?\}$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Whether the text is meant as a pattern rather than as an exact value. */
export function isPattern(text: string): boolean {
  return /[{}*]/.test(text);
}

/**
 * Compiles a path pattern of Eventarc: segments between slashes, `*` for any text within one segment, `**` for any number of
 * segments, `{name}` or `{name=*}` to capture one segment and `{name=**}` to capture any number.
 *
 * `**` stands for zero or more segments (so `users/{rest=**}` fits `users` too, as in the matcher of firebase-functions,
 * which implements the same page), and may stand once.
 *
 * @see https://cloud.google.com/eventarc/docs/path-patterns
 * @throws SyntaxError that says what is wrong with which segment
 */
export function compilePattern(pattern: string): PathPattern {
  const segments = pattern
    .split('/')
    .map((text, i) => readSegment(text, pattern, i === 0 && pattern.length > 1));
  const names = segments.flatMap(segment => (segment.name === undefined ? [] : [segment.name]));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new SyntaxError(`the pattern "${pattern}" captures "${twice}" twice`);
  const many = segments.findIndex(segment => segment.kind === 'many');
  if (many !== segments.findLastIndex(segment => segment.kind === 'many')) {
    throw new SyntaxError(`the pattern "${pattern}" has more than one **`);
  }
  return { names, match: path => matchSegments(segments, many, path.split('/')) };
}

/**
 * What is wrong with a pattern for documents, or undefined. It must end on a document: collection and document ids alternate,
 * so without `**` the number of segments is even.
 */
export function documentPatternProblem(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
  } catch (error) {
    return (error as SyntaxError).message;
  }
  const segments = pattern.split('/');
  if (segments[0] === '') return `the path "${pattern}" begins with a slash`;
  const open = segments.some(segment => segment.includes('**'));
  if (open || segments.length % 2 === 0) return undefined;
  return `the path "${pattern}" ends on a collection, not on a document`;
}

/** Resource names of audit logs may begin with a slash: then the first segment is empty. */
function readSegment(text: string, pattern: string, mayBeEmpty: boolean): Segment {
  const refuse = (why: string) => new SyntaxError(`the pattern "${pattern}" ${why}`);
  if (text === '' && mayBeEmpty) return { kind: 'literal', text };
  if (text === '') throw refuse('has an empty segment: no slash at the end, nor two in a row');
  if (!/[{}]/.test(text)) return wildcard(text, () => refuse(`has ** within the segment "${text}"`));
  const [whole, name = '', part = '*'] = CAPTURE.exec(text) ?? [];
  if (whole === undefined) throw refuse(`has a segment "${text}" that is neither text nor one {name}`);
  if (!NAME.test(name)) throw refuse(`has a capture "${text}" without a proper name`);
  if (part !== '*' && part !== '**') throw refuse(`has a capture "${text}" of neither * nor **`);
  return { ...wildcard(part, () => refuse('')), name };
}

function wildcard(text: string, refused: () => SyntaxError): Segment {
  if (text === '**') return { kind: 'many' };
  if (text.includes('**')) throw refused();
  if (!text.includes('*')) return { kind: 'literal', text };
  const parts = text.split('*').map(part => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  // A lone * needs a character: an empty segment is no document id.
  return { kind: 'one', fits: text === '*' ? /^.+$/su : new RegExp(`^${parts.join('.*')}$`, 'su') };
}

function matchSegments(
  pattern: readonly Segment[],
  many: number,
  path: readonly string[],
): Params | undefined {
  const extra = path.length - pattern.length;
  if (many === -1 ? extra !== 0 : extra < -1) return undefined;
  const params: [name: string, value: string][] = [];
  let position = 0;
  for (const segment of pattern) {
    const from = position;
    position += segment.kind === 'many' ? extra + 1 : 1;
    if (!fits(segment, path, from, position)) return undefined;
    if (segment.name !== undefined) params.push([segment.name, path.slice(from, position).join('/')]);
  }
  return Object.fromEntries(params);
}

function fits(segment: Segment, path: readonly string[], from: number, to: number): boolean {
  if (segment.kind === 'literal') return path[from] === segment.text;
  if (segment.kind === 'one') return segment.fits.test(path[from]!);
  return path.slice(from, to).every(text => text !== '');
}
