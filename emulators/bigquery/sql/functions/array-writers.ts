import { duckdbTypeOf, type Type } from '../data-types.ts';
import { refuse } from '../errors.ts';
import { combine } from '../value.ts';
import { letIn } from '../write.ts';
import { MICROS, PARTS } from './parts.ts';
import type { Writer } from './writers.ts';

const partOfInterval = (part: string | undefined, at: number, list: string, name: string): string =>
  part !== undefined && PARTS[list]!.includes(part)
    ? part
    : refuse(at, `${name} does not support the ${part} date part`);

export const ARRAY_WRITERS: Readonly<Record<string, Writer>> = {
  arrayConcat: ({ at, args, type }) => {
    const values = args.map(({ value }) => value!);
    return letIn(values, bound => {
      const isNull = bound.map(({ sql }) => `${sql} IS NULL`).join(' OR ');
      const joined = bound.map(({ sql }) => sql).reduce((a, b) => `list_concat(${a}, ${b})`);
      return combine(at, type, `CASE WHEN ${isNull} THEN NULL ELSE ${joined} END`, bound);
    });
  },
  arrayEnd: ({ at, name, args, type }) =>
    letIn([args[0]!.value!], ([array]) => {
      const { sql } = array!;
      const empty = `CAST(bq_error('${name} cannot get the ${name === 'ARRAY_FIRST' ? 'first' : 'last'} element of an empty array') AS ${duckdbTypeOf(type)})`;
      return combine(
        at,
        type,
        `CASE WHEN len(${sql}) = 0 THEN ${empty} ELSE ${sql}[${name === 'ARRAY_FIRST' ? '1' : '-1'}] END`,
        [array!],
      );
    }),
  dateArray: ({ at, name, args, type }) => {
    const part = partOfInterval(args[2]!.part, args[2]!.at, 'shift DATE', name);
    const values = args.map(({ value }) => value!);
    return letIn(values, ([start, end, step]) => {
      // A step may skip past the end: what lies beyond is cut off.
      const many = `date_diff('${part.toLowerCase()}', ${start!.sql}, ${end!.sql}) // bq_step(${step!.sql})`;
      const day = `(DATE '1970-01-01' + CAST(bq_date_add(date_diff('day', DATE '1970-01-01', ${start!.sql}), each * ${step!.sql}, '${part}') AS INTEGER))`;
      const kept = `CASE WHEN ${step!.sql} > 0 THEN found <= ${end!.sql} ELSE found >= ${end!.sql} END`;
      return combine(
        at,
        type,
        `list_filter(list_transform(generate_series(0, ${many}), lambda each: ${day}), lambda found: ${kept})`,
        [start!, end!, step!],
      );
    });
  },
  timestampArray: ({ at, name, args, type }) => {
    const part = partOfInterval(args[2]!.part, args[2]!.at, 'elapsed_part', name);
    const [start, end, step] = args.map(({ value }) => value!);
    const series = `generate_series(epoch_us(${start!.sql}), epoch_us(${end!.sql}), bq_step(${step!.sql}) * ${MICROS[part]})`;
    return combine(at, type as Type, `list_transform(${series}, lambda each: make_timestamptz(each))`, [
      start!,
      end!,
      step!,
    ]);
  },
};
