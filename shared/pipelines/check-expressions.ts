import { checkExpression } from '../expressions/check.ts';
import type { Types } from '../expressions/types.ts';
import { choice } from '../yaml/choice.ts';
import type { YamlPath } from '../yaml/problem.ts';
import type { ReferenceTables } from './check-joins.ts';
import { eventTypes, keyTypes } from './expression-types.ts';
import { type Fault, isText, mapOf, type Unchecked } from './fault.ts';
import { numbersIn } from './measures.ts';

/** Conditions mean something; keys are ranked by a number that is there. */
export function expressionFaults(source: Unchecked, tables: ReferenceTables): Fault[] {
  const ofEvents = eventTypes(source, tables);
  const ofRoutes = Object.entries(mapOf(source['routes'])).flatMap(([topic, when]) =>
    conditionFaults(['routes', topic], when, ofEvents),
  );
  const ofWindows = Object.entries(mapOf(source['windows'])).flatMap(([name, value]) => {
    const window = mapOf(value);
    const { filter, having, top } = window;
    return [
      ...conditionFaults(['windows', name, 'filter'], filter, ofEvents),
      ...conditionFaults(['windows', name, 'having'], having, keyTypes(window)),
      ...rankingFaults(['windows', name, 'top', 'by'], mapOf(top)['by'], window),
    ];
  });
  return [...ofRoutes, ...ofWindows];
}

function conditionFaults(path: YamlPath, text: unknown, types: Types): Fault[] {
  return isText(text) ? checkExpression(text, types).map(fault => ({ path, ...fault })) : [];
}

function rankingFaults(path: YamlPath, by: unknown, window: Unchecked): Fault[] {
  const known = ['count', ...numbersIn(window)];
  if (!isText(by) || known.includes(by)) return [];
  return [{ path, what: `the window has nothing to rank keys by "${by}"`, ...choice(by, known) }];
}
