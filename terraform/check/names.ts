import { createHash } from 'node:crypto';

/** An account's id has at most 30 characters: a longer one is cut and told apart by a hash. */
function accountId(prefix: string, name: string, kept: number): string {
  const whole = `${prefix}-${name}`;
  if (whole.length <= 30) return whole;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 6);
  return `${prefix}-${name.slice(0, kept).replace(/^-+|-+$/g, '')}-${hash}`;
}

const email = (id: string, project: string): string => `${id}@${project}.iam.gserviceaccount.com`;

export const stepAccount = (step: string, project: string): string =>
  email(accountId('step', step, 18), project);

export const triggerAccount = (trigger: string, project: string): string =>
  email(accountId('trigger', trigger, 15), project);
