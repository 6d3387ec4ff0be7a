import { Firestore } from '@google-cloud/firestore';
import { type CloudEvent, cloudEvent } from '@google-cloud/functions-framework';

interface Reading {
  readonly id: string;
}

const firestore = new Firestore();

/** As the samples for Pub/Sub triggers do it: a message is an event, an event is a document. */
cloudEvent('per-event', async (event: CloudEvent<{ message: { data: string } }>) => {
  const reading = JSON.parse(Buffer.from(event.data!.message.data, 'base64').toString()) as Reading;
  await firestore.collection('readings').doc(reading.id).set(reading);
});
