import { PROJECT } from '../emulators/suite-address.ts';
import { bucketName } from '../shared/config/config.ts';
import { nearest } from '../shared/yaml/nearest.ts';
import { CommandError, EXIT } from './command.ts';
import { type Address, originOf } from './connect.ts';

const CURRENT = 'current/';

/**
 * The pipeline that was asked for, or the only one there is.
 * @throws CommandError (exit 2) that names those there are
 */
export async function choosePipeline(address: Address, asked: string | undefined): Promise<string> {
  const names = await pipelineNames(address);
  const known = names.join(', ') || 'none';
  if (asked === undefined) {
    if (names.length === 1) return names[0]!;
    throw new CommandError(`Which pipeline? Say --pipeline NAME. There are: ${known}.`, EXIT.usage);
  }
  if (names.includes(asked)) return asked;
  const guess = nearest(asked, names);
  throw new CommandError(
    `There is no pipeline "${asked}".${guess ? ` Did you mean ${guess}?` : ''} There are: ${known}.`,
    EXIT.usage,
  );
}

/** Read with one plain request: the official client takes longer to load than this takes to run. */
async function pipelineNames(address: Address): Promise<string[]> {
  const bucket = bucketName('pipelines', PROJECT);
  const url = `${originOf(address, 'storage')}/storage/v1/b/${bucket}/o?prefix=${CURRENT}&fields=items(name)`;
  const { items = [] } = (await (await fetch(url)).json()) as { items?: { name: string }[] };
  return items.map(({ name }) => name.slice(CURRENT.length, -'.json'.length));
}
