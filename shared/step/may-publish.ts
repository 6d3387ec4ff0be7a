import type { User } from './user.ts';

/**
 * Whether a user may bring events into a pipeline. The custom claim `publisher` says so: `"*"`, or a list of pipelines
 * ({@link https://firebase.google.com/docs/auth/admin/custom-claims}). Nobody has it before an operator sets it.
 */
export function mayPublish({ claims: { publisher } }: User, pipeline: string): boolean {
  return publisher === '*' || (Array.isArray(publisher) && publisher.includes(pipeline));
}
