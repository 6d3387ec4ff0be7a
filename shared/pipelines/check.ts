import type { Checked } from '../yaml/checked.ts';
import type { Problem } from '../yaml/problem.ts';
import { alertFaults } from './check-alerts.ts';
import { durationFaults } from './check-durations.ts';
import { expressionFaults } from './check-expressions.ts';
import { intervalJoinFaults } from './check-interval-join.ts';
import { joinFaults, readReferences } from './check-joins.ts';
import { measureFaults } from './check-measures.ts';
import { pathFaults } from './check-paths.ts';
import { recordSchemaFaults } from './check-record-schema.ts';
import { warehouseFaults } from './check-warehouse.ts';
import { windowFaults } from './check-windows.ts';
import { mapOf, type Unchecked } from './fault.ts';
import type { PipelineSource } from './source.ts';

/**
 * The rules that no schema can state: paths lead somewhere, reference data is there, durations are of use, the record's
 * schema is one. Also for a file that breaches its schema elsewhere.
 * @param references content of pipelines/reference by name without .csv
 * @param all every pipeline by its name, this one among them
 */
export function checkPipeline(
  checked: Checked<PipelineSource>,
  references: ReadonlyMap<string, string>,
  name: string,
  all: ReadonlyMap<string, Unchecked>,
): Problem[] {
  const source = mapOf(checked.value);
  const tables = readReferences(references);
  const faults = [
    ...recordSchemaFaults(source['schema']),
    ...durationFaults(source),
    ...joinFaults(source, tables),
    ...intervalJoinFaults(name, all),
    ...pathFaults(source, tables),
    ...windowFaults(source),
    ...measureFaults(source),
    ...expressionFaults(source, tables),
    ...alertFaults(source),
    ...warehouseFaults(source),
  ];
  // What the schema has refused is not told a second time in other words.
  const told = new Set(checked.problems.map(({ path }) => JSON.stringify(path)));
  return faults
    .filter(({ path }) => !told.has(JSON.stringify(path)))
    .map(({ path, part, offset, ...words }) => checked.problem(path, words, part, offset));
}
