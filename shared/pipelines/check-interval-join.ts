import { choice } from '../yaml/choice.ts';
import { type Fault, isText, mapOf, type Unchecked } from './fault.ts';

const SIDES = ['left', 'right'] as const;
/** What a joined record holds beside its two sides. */
const OWN_FIELDS = ['key', 'time'];

/** An interval join is of two other pipelines that are there, has an interval, and does not come back to itself. */
export function intervalJoinFaults(name: string, all: ReadonlyMap<string, Unchecked>): Fault[] {
  const join = mapOf(all.get(name))['interval-join'];
  if (join === undefined) return [];
  const { left, right, before, after } = mapOf(join);
  const at = (key: string): string[] => ['interval-join', key];
  const others = [...all.keys()].filter(other => other !== name);
  const faults = SIDES.flatMap((side): Fault[] => {
    const pipeline = mapOf(join)[side];
    if (!isText(pipeline)) return [];
    const path = at(side);
    if (!others.includes(pipeline)) {
      const what =
        pipeline === name ? 'the join would read its own records' : `there is no pipeline "${pipeline}"`;
      return [{ path, what, ...choice(pipeline, others) }];
    }
    if (OWN_FIELDS.includes(pipeline)) {
      return [
        { path, what: `a joined record has a field "${pipeline}" already`, mend: 'rename that pipeline' },
      ];
    }
    return reads(pipeline, name, all)
      ? [{ path, what: `${pipeline} is itself joined of ${name}: its records would go round for ever` }]
      : [];
  });
  if (isText(left) && left === right) {
    const mend = 'join two pipelines, or count pairs of one in a window';
    faults.push({ path: at('right'), what: `both sides are ${left}`, mend });
  }
  if (isZero(before) && isZero(after)) {
    const what = 'only events of the very same millisecond would match';
    faults.push({
      path: ['interval-join'],
      part: 'key',
      what,
      mend: 'add before or after, such as after: 10m',
    });
  }
  return faults;
}

const isZero = (duration: unknown): boolean => duration === undefined || /^0+[smhd]$/.test(String(duration));

/** Whether a pipeline is joined of another, directly or over others. */
function reads(pipeline: string, other: string, all: ReadonlyMap<string, Unchecked>): boolean {
  const seen = new Set<string>();
  const next = [pipeline];
  for (let one = next.pop(); one !== undefined; one = next.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    const { left, right } = mapOf(mapOf(all.get(one))['interval-join']);
    for (const side of [left, right]) {
      if (side === other) return true;
      if (isText(side)) next.push(side);
    }
  }
  return false;
}
