import { projectId } from '../../shared/config/config.ts';
import { PermanentError } from '../../shared/errors/errors.ts';
import type { CloudEvent } from '../../shared/events/cloudevent.ts';
import type { MessagePublishedData } from '../../shared/events/pubsub.ts';
import { pathOf } from '../../shared/mirrors/json.ts';
import { rejectOf } from '../../shared/rejects/reject.ts';
import { type Context, onEvent } from '../../shared/step/step.ts';
import { fetchDocument } from './fetch.ts';
import { continueBackfill } from './import-parts.ts';
import { changeOf, documentOf } from './mirror.ts';
import { createMirrors, type Mirrors } from './mirrors.ts';
import { createWriter, type WriteChange } from './write.ts';

/** Made with the first event: a step that is only loaded needs no project. */
let instance: { readonly mirrors: Mirrors; readonly write: WriteChange } | undefined;

onEvent<unknown>('mirror', async (event, context) => {
  instance ??= { mirrors: createMirrors(projectId()), write: createWriter(projectId(), context.log) };
  try {
    if (event.type.startsWith('google.cloud.firestore.')) await mirrorChange(event, context, instance);
    else {
      const { mirrors, write } = instance;
      const refuse = (document: string, reason: string, eventId: string) =>
        refuseChange(context, document, reason, { eventId, eventSource: event.source });
      await continueBackfill(event.data as MessagePublishedData, context, {
        mirror: mirrors.named,
        write,
        refuse,
      });
    }
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    const { id: eventId, source: eventSource } = event;
    await refuseChange(context, String(event['document'] ?? ''), error.message, { eventId, eventSource });
  }
});

async function mirrorChange(
  event: CloudEvent<unknown>,
  context: Context,
  { mirrors: deployed, write }: NonNullable<typeof instance>,
): Promise<void> {
  const name = documentOf(event);
  const mirrors = await deployed.of(pathOf(name));
  if (mirrors.length === 0) return;
  const change = await changeOf(event, fetchDocument);
  const refusals = await Promise.all(mirrors.map(mirror => write(mirror, change)));
  const reasons = refusals.flatMap((refusal, at) =>
    refusal === undefined ? [] : [`The mirror ${mirrors[at]!.mirror.name} has no row of it: ${refusal}.`],
  );
  // One letter for all mirrors: it is known by the event.
  const origin = { eventId: event.id, eventSource: event.source };
  if (reasons.length > 0) await refuseChange(context, name, reasons.join(' '), origin);
}

async function refuseChange(
  { publisher, log }: Context,
  document: string,
  reason: string,
  origin: { readonly eventId: string; readonly eventSource: string },
): Promise<void> {
  await publisher.reject([rejectOf('mirror', '', reason, origin, document)]);
  log.warn(reason, { document, event: origin.eventId });
}
