import type { Change } from '../../shared/keyed/documents.ts';
import type { EffectsOf, Operator, PipelineVersion } from '../../shared/keyed/operator.ts';
import type { KeyedProcess } from '../../shared/keyed/process.ts';
import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import { forgetting, type Heard, type SilenceAlert, silence } from './silence.ts';

/** A batch is known for so long. */
const HORIZON_MS = 7 * 24 * 3600_000;

/** The silences that a pipeline's rules watch for. */
export function operatorsOf({ name, version, silences = [] }: Pipeline): Operator<SilenceAlert>[] {
  return silences.map(rule => operatorOf({ pipeline: name, version }, rule.name, silence(name, rule)));
}

/** An operator by its name, as the pipeline defines it today: a rule that was changed or taken out has changed for all keys. */
export function operatorAt(pipeline: Pipeline, operator: string): Operator<SilenceAlert> {
  const rule = operator.slice(pipeline.name.length + 1);
  return (
    operatorsOf(pipeline).find(({ name }) => name === operator) ??
    operatorOf({ pipeline: pipeline.name, version: pipeline.version }, rule, forgetting(pipeline.name, rule))
  );
}

function operatorOf(
  definedBy: PipelineVersion,
  rule: string,
  process: KeyedProcess<Heard, SilenceAlert>,
): Operator<SilenceAlert> {
  return {
    name: `${definedBy.pipeline}~${rule}`,
    definedBy,
    process: process as KeyedProcess<unknown, SilenceAlert>,
    clockedBy: [],
    horizon: HORIZON_MS,
  };
}

/** Alerts are written in the transaction that decides over them: it needs no outbox. */
export const effectsOf: EffectsOf<SilenceAlert> = async (transaction, alerts) => {
  const paths = alerts.map(({ id }) => `alerts/${id}`);
  const documents = await transaction.read(paths);
  const changes = alerts.flatMap(({ kind, fields }, at): Change[] => {
    const path = paths[at]!;
    const there = documents[at] !== undefined;
    // Somebody may have acknowledged it, or deleted it, meanwhile.
    return there === (kind === 'closed') ? [{ path, fields, merge: there, bytes: 1000 }] : [];
  });
  return { changes, outbox: [] };
};
