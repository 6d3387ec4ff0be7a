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
  try {
    const [object] = await bucket.upload(file, { destination: name });
    const generation = String(object.metadata.generation);
    return { id: uploadId({ bucket: bucket.name, name, generation }), name };
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
    throw new CommandError(`There is no file ${file}.`, EXIT.usage);
  }
}
