import type { ASTNode } from '@marcbachmann/cel-js';
import { choice } from '../yaml/choice.ts';
import type { ExpressionFault } from './check.ts';
import { FUNCTIONS, MACROS } from './language.ts';
import type { ExpressionType, Types } from './types.ts';

/** What may stand inside of a list's condition whatever it refers to: no work that grows with it. */
const CHEAP: ReadonlySet<string> = new Set([
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '&&',
  '||',
  '!_',
  '?:',
  '.',
  '[]',
  'id',
  'value',
]);

/** Names that are known where a node stands, and the list element that is gone through there, if any. */
interface Scope {
  readonly types: Types;
  readonly element?: string;
}

/**
 * What the library lets through: functions without bounds, work that grows with the square of an event, and fields that
 * nothing declares.
 */
export function boundFaults(ast: ASTNode, types: Types): ExpressionFault[] {
  const faults: ExpressionFault[] = [];
  const tell = (node: ASTNode, fault: Omit<ExpressionFault, 'offset'>): void =>
    void faults.push({ offset: node.pos, ...fault });

  /** @returns what is known of the node's value; undefined where nothing is, or it is wrong already */
  const visit = (node: ASTNode, scope: Scope): ExpressionType | undefined => {
    if (scope.element !== undefined && !CHEAP.has(node.op)) stayWithin(node, scope.element);
    switch (node.op) {
      case 'id':
        if (Object.hasOwn(scope.types, node.args)) return scope.types[node.args];
        tell(node, { what: `there is no "${node.args}"`, ...choice(node.args, Object.keys(scope.types)) });
        return undefined;
      case '.':
        return field(node, visit(node.args[0], scope), node.args[1]);
      case '[]': {
        const [inner, index] = node.args;
        const type = visit(inner, scope);
        visit(index, scope);
        if (index.op === 'value' && typeof index.args === 'string') return field(node, type, index.args);
        return typeof type === 'object' && 'list' in type ? type.list : undefined;
      }
      case 'call': {
        const [name, args] = node.args;
        if (!named(node, name)) return undefined;
        if (name === 'duration' && args[0] && args[0].op !== 'value') {
          // The library reads a duration by a regular expression that takes the cube of a long text's length.
          tell(args[0], {
            what: '"duration" takes no text of a record',
            expected: 'one in quotes, such as "1h30m"',
          });
        }
        for (const one of args) visit(one, scope);
        return undefined;
      }
      case 'rcall':
        return called(node, scope);
      case 'list':
        for (const one of node.args) visit(one, scope);
        return undefined;
      case 'map':
        for (const entry of node.args) for (const one of entry) visit(one, scope);
        return undefined;
      case 'value':
        return undefined;
      case '!_':
      case '-_':
        visit(node.args, scope);
        return undefined;
      default:
        for (const one of node.args) if (typeof one === 'object') visit(one, scope);
        return undefined;
    }
  };

  const called = (node: Extract<ASTNode, { op: 'rcall' }>, scope: Scope): ExpressionType | undefined => {
    const [name, receiver, args] = node.args;
    if (!named(node, name)) return undefined;
    const type = visit(receiver, scope);
    const [variable, ...inner] = args;
    if (!MACROS.has(name) || variable?.op !== 'id') {
      if (name.startsWith('get') && variable) {
        tell(variable, { what: `"${name}" takes nothing here`, expected: 'UTC, which it is' });
      }
      for (const one of args) visit(one, scope);
      return undefined;
    }
    if (scope.element !== undefined) {
      const what = `"${name}" stands inside of another list's condition`;
      tell(node, { what, expected: 'one list at a time', mend: 'take one of the two out' });
    }
    const element = typeof type === 'object' && 'list' in type ? type.list : 'any';
    const within = { types: { ...scope.types, [variable.args]: element }, element: variable.args };
    for (const one of inner) visit(one, within);
    return undefined;
  };

  const field = (
    node: ASTNode,
    type: ExpressionType | undefined,
    name: string,
  ): ExpressionType | undefined => {
    if (typeof type !== 'object' || !('fields' in type)) return undefined;
    if (Object.hasOwn(type.fields, name)) return type.fields[name];
    tell(node, { what: `there is no field "${name}"`, ...choice(name, Object.keys(type.fields)) });
    return undefined;
  };

  const named = (node: ASTNode, name: string): boolean => {
    if (Object.hasOwn(FUNCTIONS, name)) return true;
    if (name === 'matches') {
      const what = 'regular expressions are not taken: a text could be chosen on which one takes for ever';
      tell(node, { what, expected: 'contains, startsWith or endsWith' });
    } else {
      tell(node, { what: `there is no function "${name}"`, ...choice(name, Object.keys(FUNCTIONS)) });
    }
    return false;
  };

  /** Work on anything else but the element would be done for each element: the square of the event's length. */
  const stayWithin = (node: ASTNode, element: string): void => {
    if (node.op === 'rcall' && MACROS.has(node.args[0])) return;
    const other = idsIn(node).find(id => id.args !== element);
    if (!other) return;
    const what = `"${other.args}" is worked on for each element of a list`;
    tell(other, { what, expected: `only "${element}" there; others may be compared with it` });
  };

  visit(ast, { types });
  return faults.filter((fault, at) => faults.findIndex(({ offset }) => offset === fault.offset) === at);
}

type Id = Extract<ASTNode, { op: 'id' }>;

function idsIn(node: ASTNode): Id[] {
  if (node.op === 'id') return [node];
  const inner = Array.isArray(node.args) ? (node.args.flat(2) as unknown[]) : [node.args as unknown];
  return inner.flatMap(one => (isNode(one) ? idsIn(one) : []));
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value;
}
