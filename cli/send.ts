import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Storage } from '@google-cloud/storage';
import { PROJECT } from '../emulators/suite-address.ts';
import { uploadId } from '../functions/ingest/upload.ts';
import { bucketName } from '../shared/config/config.ts';
import { CommandError, EXIT } from './command.ts';

/**
 * Uploads a file into its pipeline's folder of the uploads bucket.
 * @returns the id of its uploads/{id}, and the object's name
 */
export async function send(
  storage: Storage,
  file: string,
  pipeline: string,
): Promise<{ id: string; name: string }> {
  const bucket = storage.bucket(bucketName('uploads', PROJECT));
  const name = `${pipeline}/${basename(file)}`;
  const [object] = await bucket.upload(file, { destination: name });
  const generation = String(object.metadata.generation);
  return { id: uploadId({ bucket: bucket.name, name, generation }), name };
}

/** @throws CommandError (exit 2) when there is nothing to upload */
export async function checkFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found) throw new CommandError(`There is no file ${file}.`, EXIT.usage);
  if (!found.isFile()) throw new CommandError(`${file} is no file. Upload its files one by one.`, EXIT.usage);
}
