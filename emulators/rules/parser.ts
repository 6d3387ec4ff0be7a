import type { Allow, FunctionDeclaration, Let, Match, Method, Segment, Service } from './ast.ts';
import { METHODS } from './ast.ts';
import { expect, expectName, parseExpression, shown } from './expressions.ts';
import type { Lexer } from './lexer.ts';

const GROUPS: ReadonlyMap<string, readonly Method[]> = new Map(
  Object.entries({
    read: ['get', 'list'],
    write: ['create', 'update', 'delete'],
    ...Object.fromEntries(METHODS.map(method => [method, [method]])),
  }),
);

/** Everything a `match` may hold. */
interface Body {
  readonly allows: Allow[];
  readonly functions: FunctionDeclaration[];
  readonly matches: Match[];
}

/**
 * Reads a rules file of version 2 ({@link https://firebase.google.com/docs/rules/rules-language}).
 *
 * @throws RulesError
 */
export function parseRules(lexer: Lexer): Service {
  parseVersion(lexer);
  keyword(lexer, 'service', 'service cloud.firestore { … }');
  const start = lexer.peek().start;
  const name = `${expectName(lexer, 'the name of the service')}${expect(lexer, '.', 'in cloud.firestore').text}${expectName(lexer, 'the name of the service')}`;
  if (name !== 'cloud.firestore')
    lexer.fail(start, `these are rules for ${name}; only those of cloud.firestore are evaluated here`);
  const { allows, functions, matches } = parseBody(lexer);
  if (allows[0])
    lexer.fail(allows[0].at, 'an allow stands in a match; write "match /path { allow …; }" around it');
  const end = lexer.next();
  if (end.kind !== 'end')
    lexer.fail(end.start, `expected the end of the file, not ${shown(end)}: one service is all there is`);
  return { functions, matches };
}

function parseVersion(lexer: Lexer): void {
  const mend = "begin the file with: rules_version = '2';";
  const first = lexer.next();
  if (first.text !== 'rules_version') lexer.fail(first.start, `version 2 of the language is needed; ${mend}`);
  expect(lexer, '=', 'after rules_version');
  const version = lexer.next();
  if (version.kind !== 'string' || version.text !== '2')
    lexer.fail(version.start, `only version 2 of the language is evaluated here; ${mend}`);
  expect(lexer, ';', 'after the version');
}

function keyword(lexer: Lexer, word: string, form: string): void {
  const token = lexer.next();
  if (token.kind !== 'name' || token.text !== word)
    lexer.fail(token.start, `expected ${form}, not ${shown(token)}`);
}

function parseBody(lexer: Lexer): Body {
  const body: Body = { allows: [], functions: [], matches: [] };
  const open = expect(lexer, '{', 'before the rules');
  for (;;) {
    const token = lexer.next();
    const { text, start } = token;
    if (token.kind === 'symbol' && text === '}') break;
    if (token.kind === 'name' && text === 'match') body.matches.push(parseMatch(lexer, start));
    else if (token.kind === 'name' && text === 'allow') body.allows.push(parseAllow(lexer, start));
    else if (token.kind === 'name' && text === 'function') body.functions.push(parseFunction(lexer, start));
    else lexer.fail(start, `expected match, allow, function or "}", not ${shown(token)}`);
  }
  if (body.allows.length + body.functions.length + body.matches.length === 0)
    lexer.fail(open.start, 'nothing stands between these braces; write a match or an allow, or remove them');
  return body;
}

function parseMatch(lexer: Lexer, at: number): Match {
  const path: Segment[] = [];
  do {
    const slash = lexer.next();
    if (slash.text !== '/')
      lexer.fail(slash.start, `expected a path that begins with "/", not ${shown(slash)}`);
    const literal = lexer.segment();
    path.push(literal === undefined ? parseWildcard(lexer) : { kind: 'literal', text: literal });
  } while (lexer.peek().text === '/');
  return { at, path, ...parseBody(lexer) };
}

function parseWildcard(lexer: Lexer): Segment {
  expect(lexer, '{', 'as a wildcard, or a plain name, after "/"');
  const name = expectName(lexer, 'the name of the wildcard');
  let rest = false;
  if (lexer.peek().text === '=') {
    lexer.next();
    const stars = lexer.next();
    if (stars.text !== '*' && stars.text !== '**')
      lexer.fail(stars.start, `expected {${name}} for one segment or {${name}=**} for all that follow`);
    rest = stars.text === '**';
  }
  expect(lexer, '}', 'to close the wildcard');
  return { kind: rest ? 'rest' : 'one', name };
}

function parseAllow(lexer: Lexer, at: number): Allow {
  const methods = new Set<Method>();
  for (;;) {
    const start = lexer.peek().start;
    const name = expectName(lexer, `one of ${[...GROUPS.keys()].join(', ')}`);
    const group = GROUPS.get(name);
    if (!group)
      lexer.fail(start, `there is no method ${name}; write one of ${[...GROUPS.keys()].join(', ')}`);
    for (const method of group) methods.add(method);
    if (lexer.peek().text !== ',') break;
    lexer.next();
  }
  let condition: Allow['condition'];
  if (lexer.peek().text !== ';') {
    expect(lexer, ':', 'before "if", or ";" where everybody may');
    expect(lexer, 'if', 'before the condition');
    condition = parseExpression(lexer);
  }
  endOfStatement(lexer, 'after the condition');
  return { at, methods, condition };
}

function parseFunction(lexer: Lexer, at: number): FunctionDeclaration {
  const name = expectName(lexer, 'the name of the function');
  const parameters: string[] = [];
  expect(lexer, '(', 'before the parameters');
  while (lexer.peek().text !== ')') {
    parameters.push(expectName(lexer, 'the name of a parameter'));
    if (lexer.peek().text !== ',') break;
    lexer.next();
  }
  expect(lexer, ')', 'after the parameters');
  expect(lexer, '{', 'before what the function returns');
  const lets: Let[] = [];
  while (lexer.peek().text === 'let') lets.push(parseLet(lexer));
  expect(lexer, 'return', 'or let: a function is some "let name = value;" and one "return value;"');
  const result = parseExpression(lexer);
  endOfStatement(lexer, 'after the value returned');
  expect(lexer, '}', 'to close the function');
  return { at, name, parameters, lets, result };
}

function parseLet(lexer: Lexer): Let {
  lexer.next();
  const at = lexer.peek().start;
  const name = expectName(lexer, 'a name after let');
  expect(lexer, '=', 'after the name');
  const value = parseExpression(lexer);
  expect(lexer, ';', 'after the value');
  return { at, name, value };
}

/** The last statement between braces may go without its semicolon. */
function endOfStatement(lexer: Lexer, why: string): void {
  if (lexer.peek().text !== '}') expect(lexer, ';', why);
}
