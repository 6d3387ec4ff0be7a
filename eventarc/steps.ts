import type { Step, Wiring } from './wiring.ts';

/** Steps that something calls, so that they are functions; those that workers alone pull for are not. */
export const calledSteps = ({ steps, triggers }: Wiring): Step[] =>
  steps.filter(({ name }) => triggers.some(({ step, kind }) => step === name && kind !== 'worker'));

/** Steps that workers pull for. */
export const pulledSteps = ({ steps, triggers }: Wiring): Step[] =>
  steps.filter(({ name }) => triggers.some(({ step, kind }) => step === name && kind === 'worker'));
