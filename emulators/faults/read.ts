import { formatProblem, type Problem, readChecked } from '../../shared/yaml/checked.ts';
import { nearest } from '../../shared/yaml/nearest.ts';
import schema from './faults.schema.json' with { type: 'json' };
import { ALL, type FaultPlan, type TriggerFaults } from './plan.ts';

/** Everything that is wrong with a faults file, a line each: `file:line:column: what. Expected …. Mend: ….` */
export class FaultsError extends Error {
  override readonly name = 'FaultsError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

interface Source {
  readonly seed?: number;
  readonly attempts?: number;
  readonly triggers: Readonly<Record<string, TriggerFaults>>;
}

const DEFAULTS = { seed: 1, attempts: 2 };

/**
 * Reads a plan from YAML (so from JSON, too).
 * @param file the name to show in errors
 * @param known names of the triggers that there are
 * @throws FaultsError
 */
export function readFaults(file: string, text: string, known: readonly string[]): FaultPlan {
  const checked = readChecked<Source>(file, text, schema);
  const problems = [...checked.problems];
  if (checked.sound(['triggers'])) {
    for (const [trigger, { delay }] of Object.entries(checked.value.triggers)) {
      const path = ['triggers', trigger];
      if (trigger !== ALL && !known.includes(trigger)) {
        const guess = nearest(trigger, [ALL, ...known]);
        const told = guess ? { mend: `did you mean ${guess}?` } : { expected: [ALL, ...known].join(', ') };
        problems.push(checked.problem(path, { what: `there is no trigger "${trigger}"`, ...told }, 'key'));
      }
      if (delay && delay.min > delay.max) {
        const told = { what: `min (${delay.min}) is above max (${delay.max})`, mend: 'swap the two' };
        problems.push(checked.problem([...path, 'delay', 'min'], told));
      }
    }
  }
  if (problems.length > 0) throw new FaultsError(problems.sort((a, b) => a.line - b.line));
  return { ...DEFAULTS, ...checked.value };
}
