import { equal } from './equality.ts';
import { type Constraint, type Relation, type Type, typeOf, undecided, type Value } from './values.ts';

/** Applies an operator to two values that are known. */
type Apply = (operator: string, left: Value, right: Value) => Value;

const NUMBERS: readonly Type[] = ['int', 'float'];

/** Whether the query finds only lists with this value in them. */
export const contains = ({ conditions }: Constraint, value: Value): boolean =>
  conditions.some(condition => condition.relation === 'contains' && equal(condition.value, value));

/** Per relation that a query demands: the relations it proves, each with what must hold between the two values. */
const PROOFS: Readonly<Record<Relation, Readonly<Record<string, string>>>> = {
  '<': { '<': '<=', '<=': '<=', '!=': '<=' },
  '<=': { '<': '<', '<=': '<=', '!=': '<' },
  '>': { '>': '>=', '>=': '>=', '!=': '>=' },
  '>=': { '>': '>', '>=': '>=', '!=': '>' },
  '!=': { '!=': '==' },
  contains: {},
};

/** True where the query finds only values of which this is true. @throws UndecidedError where it may find others */
export function implied(constraint: Constraint, operator: string, value: Value, apply: Apply): true {
  // Whatever a filter compares with, it never finds null.
  if (operator === '!=' && value === null) return true;
  for (const { relation, value: bound } of constraint.conditions) {
    const needed = PROOFS[relation][operator];
    if (needed !== undefined && comparable(bound, value) && apply(needed, bound, value) === true) return true;
  }
  return undecided(constraint);
}

function comparable(a: Value, b: Value): boolean {
  const [left, right] = [typeOf(a), typeOf(b)];
  return left === right || (NUMBERS.includes(left) && NUMBERS.includes(right));
}
