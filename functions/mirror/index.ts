import { projectId } from '../../shared/config/config.ts';
import { PermanentError } from '../../shared/errors/errors.ts';
import { pathOf } from '../../shared/mirrors/json.ts';
import { rejectOf } from '../../shared/rejects/reject.ts';
import { type Context, onEvent } from '../../shared/step/step.ts';
import { fetchDocument } from './fetch.ts';
import { changeOf, documentOf } from './mirror.ts';
import { createMirrors } from './mirrors.ts';
import { createWriter } from './write.ts';

let mirrorsOf: ReturnType<typeof createMirrors> | undefined;
let write: ReturnType<typeof createWriter> | undefined;

onEvent<unknown>('mirror', async (event, context) => {
  const { id: eventId, source: eventSource } = event;
  const reject = (reason: string) => refuse(context, reason, { eventId, eventSource }, event['document']);
  mirrorsOf ??= createMirrors(projectId());
  write ??= createWriter(projectId());
  try {
    const mirrors = await mirrorsOf(pathOf(documentOf(event)));
    if (mirrors.length === 0) return;
    const change = await changeOf(event, fetchDocument);
    const refusals = await Promise.all(mirrors.map(mirror => write!(mirror, change)));
    const reasons = refusals.flatMap((refusal, at) =>
      refusal === undefined ? [] : [`The mirror ${mirrors[at]!.mirror.name} has no row of it: ${refusal}.`],
    );
    // One letter for all mirrors: it is known by the event.
    if (reasons.length > 0) await reject(reasons.join(' '));
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    await reject(error.message);
  }
});

async function refuse(
  { publisher, log }: Context,
  reason: string,
  origin: { readonly eventId: string; readonly eventSource: string },
  document: unknown,
): Promise<void> {
  await publisher.reject([rejectOf('mirror', '', reason, origin, document)]);
  log.warn(reason, { document, event: origin.eventId });
}
