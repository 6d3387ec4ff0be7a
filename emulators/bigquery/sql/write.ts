import { createHash } from 'node:crypto';
import { combine, type Value } from './value.ts';

/**
 * Lets text name some values more than once though each is evaluated once: what is more than a column or a literal is bound by a
 * lambda. The same text is written whenever the values are the same, since GROUP BY compares text.
 */
export function letIn(values: readonly Value[], write: (bound: readonly Value[]) => Value): Value {
  if (values.every(({ simple }) => simple)) return write(values);
  const fields = values
    .flatMap((value, index) => (value.simple ? [] : [`a${index} := ${value.sql}`]))
    .join(', ');
  const name = variable(fields);
  const bound = values.map((value, index) =>
    value.simple ? value : combine(value.at, value.type, `${name}.a${index}`, [], { simple: true }),
  );
  const body = write(bound);
  // A lambda cannot hold these; then the text is written twice.
  if (body.subquery || body.aggregate || body.window) return write(values);
  const sql = `list_transform([struct_pack(${fields})], lambda ${name}: ${body.sql})[1]`;
  return combine(body.at, body.type, sql, [body, ...values]);
}

/** A name for a lambda's argument, the same for the same text. */
export const variable = (text: string): string =>
  `v${createHash('sha1').update(text).digest('hex').slice(0, 10)}`;

/** Writes a template: `$1` for the first value, `$*` for those from `rest` on. A value that is wanted twice is evaluated once. */
export function expand(
  template: string,
  values: readonly Value[],
  rest: number,
  result: Pick<Value, 'at' | 'type'>,
  safe = false,
): Value {
  const uses = values.map((_, index) => template.split(new RegExp(`\\$${index + 1}(?!\\d)`)).length - 1);
  const again = values.some(({ simple }, index) => !simple && uses[index]! > 1);
  const write = (bound: readonly Value[]): Value => {
    const text = template
      .replaceAll('$*', () =>
        bound
          .slice(rest)
          .map(({ sql }) => sql)
          .join(', '),
      )
      .replace(/\$(\d+)/g, (_, digits: string) => bound[Number(digits) - 1]?.sql ?? '');
    return combine(result.at, result.type, safe ? `try(${text})` : text, bound);
  };
  // TRY takes no aggregate, window or subquery, and would swallow the errors of its arguments.
  const guarded = safe || template.includes('try(');
  const bind = again || (guarded && values.some(({ simple }) => !simple));
  return bind ? letIn(values, write) : write(values);
}
