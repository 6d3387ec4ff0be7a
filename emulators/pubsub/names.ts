import { invalidArgument } from '../grpc/errors.ts';

/** {@link https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names} */
const ID = /^(?!goog)[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/;

export type Kind = 'topics' | 'subscriptions';

export const DELETED_TOPIC = '_deleted-topic_';

/** Throws INVALID_ARGUMENT unless the name is `projects/P/{kind}/ID` with an allowed id. */
export function checkName(kind: Kind, name: string): void {
  const [projects, project, collection, id, ...rest] = name.split('/');
  if (projects === 'projects' && project && collection === kind && rest.length === 0 && ID.test(id ?? ''))
    return;
  throw invalidArgument(
    `Invalid resource name given (name=${name}). Expected projects/PROJECT/${kind}/ID, the ID 3 to 255 letters, digits ` +
      'or -_.~+% that begin with a letter and not with "goog".',
  );
}

/** Project and short id of a full name. */
export function splitName(name: string): { project: string; id: string } {
  const [, project = '', , id = ''] = name.split('/');
  return { project, id };
}
