import { decodeDocumentEventData } from '../../shared/events/firestore-codec.ts';
import { toPlain } from '../../shared/events/firestore-values.ts';
import type { MessagePublishedData } from '../../shared/events/pubsub.ts';
import { type Context, messageOfEvent, onEvent } from '../../shared/step/step.ts';
import { fanOut } from './fan-out.ts';
import { alertOf, isNews } from './notify.ts';

/** Below the function's own time limit by what a page takes. */
const BUDGET_MS = Number(process.env['NOTIFY_BUDGET_SECONDS'] ?? 480) * 1000;

onEvent<unknown>('notify', async (event, context) => {
  if (!event.type.startsWith('google.cloud.firestore.')) {
    const { data } = messageOfEvent(event.data as MessagePublishedData);
    return notify(data.toString('utf8'), context);
  }
  // An open alert changes with every window; only its beginning and a rise are told. Too large an event has no data.
  if (event.data instanceof Uint8Array && event.data.byteLength > 0) {
    const { oldValue, value } = decodeDocumentEventData(event.data);
    if (!isNews(oldValue && toPlain(oldValue.fields), value && toPlain(value.fields))) return;
  }
  await notify(String(event['document']).slice('alerts/'.length), context);
});

/** Tells of an alert as it stands now: the event may be old. */
async function notify(id: string, { firestore, publisher, now, log }: Context): Promise<void> {
  const document = await firestore.doc(`alerts/${id}`).get();
  const alert = document.exists && alertOf(id, document.data()!);
  if (!alert) return;
  const { done, sent } = await fanOut(firestore, alert, now, now().getTime() + BUDGET_MS);
  if (!done) await publisher.send('notify-continue', { data: Buffer.from(id), attributes: {} });
  if (sent > 0) log.info(`${sent} messages`, { alert: id, done });
}
