import { messageOf, PermanentError } from '../../shared/errors/errors.ts';
import type { MessagePublishedData } from '../../shared/events/pubsub.ts';
import type { StorageObjectData } from '../../shared/events/storage.ts';
import { rejectOf } from '../../shared/rejects/reject.ts';
import { onEvent } from '../../shared/step/step.ts';
import { objectOf } from './object.ts';
import { describe, run } from './run.ts';
import { fileOf, pipelineNameOf, uploadId } from './upload.ts';

/** Below the function's own time limit by what it takes to finish the batches in flight. */
const BUDGET_MS = Number(process.env['INGEST_BUDGET_SECONDS'] ?? 480) * 1000;

onEvent<StorageObjectData | MessagePublishedData>('ingest', async (event, context) => {
  const object = await objectOf(event);
  try {
    await run(object, context, BUDGET_MS);
  } catch (error) {
    const gone = (error as { code?: unknown }).code === 404;
    if (!gone && !(error instanceof PermanentError)) throw error;
    const reason = gone ? 'The object was deleted or replaced before it was read.' : messageOf(error);
    const upload = uploadId(object);
    const file = fileOf(object);
    await context.publisher.reject([
      rejectOf('ingest', pipelineNameOf(object), reason, { upload, file }, ''),
    ]);
    const failed = { ...describe(object), state: 'failed', error: { reason }, finishedAt: context.now() };
    await context.firestore.doc(`uploads/${upload}`).set(failed, { merge: true });
    context.log.warn(reason, { upload, file });
  }
});
