import { type Bucket, Storage } from '@google-cloud/storage';
import { bucketName, projectId } from '../../shared/config/config.ts';
import type { DeadLetter } from './dead-letter.ts';

const PRECONDITION_FAILED = 412;

let known: Bucket | undefined;
function bucket(): Bucket {
  known ??= new Storage({ projectId: projectId() }).bucket(bucketName('rejects'));
  return known;
}

export function restOf(upload: string): string {
  return `gs://${bucketName('rejects')}/${upload}/`;
}

/** Writes letters as lines of JSON; under a name that is there already they are written already. */
export async function keepRest(upload: string, key: string, letters: readonly DeadLetter[]): Promise<void> {
  const lines = letters.map(letter => `${JSON.stringify(letter)}\n`).join('');
  await bucket()
    .file(`${upload}/${key}.ndjson`)
    .save(lines, {
      resumable: false,
      contentType: 'application/x-ndjson',
      preconditionOpts: { ifGenerationMatch: 0 },
    })
    .catch((error: { code?: unknown }) => {
      if (error.code !== PRECONDITION_FAILED) throw error;
    });
}
