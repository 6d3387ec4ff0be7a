import { EVENT_RETENTION_SECONDS, LARGEST_EVENT_BYTES, WORKER_RETENTION_SECONDS } from './catalogue.ts';
import { code } from './markdown.ts';
import type { Guarantee } from './wiring.ts';

/** What the wiring itself sees to, and `shared/step/` in each step. */
export const EVERY_STEP: readonly (Guarantee & { readonly what: string })[] = [
  {
    what: 'delivery',
    says: 'A step answers when all that it has to write is durable, and only then its event is acknowledged; a failure, a broken connection and a killed process bring it again',
    shownBy: {
      'emulators/eventarc/delivery.test.ts': [
        'the answer %i acknowledges',
        'the answer %i is a failure',
        'what a broken connection interrupted is delivered again',
      ],
      'emulators/eventarc/steps.test.ts': [
        'events that were under way when the process was killed are delivered again, and none is lost',
      ],
      'services/worker/worker.test.ts': [
        'acknowledges a message when the step is done with it, and not before',
      ],
      'test/worker-kill.flow.test.ts': [
        'Workers that are killed between effect and acknowledgement, five at once, lose nothing and double nothing',
      ],
    },
  },
  {
    what: 'order',
    says: 'None is kept, neither by Eventarc nor here, but by a worker whose trigger says so, for messages of one key: an event may come several times, also at the same time, and before older ones',
    shownBy: {
      'emulators/faults/faults.test.ts': [
        'duplicates come at the same time or one after the other',
        'reordered messages are overtaken by no more than was asked for',
      ],
      'test/faults.flow.test.ts': ['all faults at once: nothing is lost, nothing doubled'],
      'services/worker/sources.test.ts': [
        'messages of an ordering key come in their order, also when one of them fails at first',
      ],
    },
  },
  {
    what: 'refusal',
    says: `What trying again cannot mend is acknowledged at once, as soon as its dead letter (a document in ${code('deadLetters/…')} with place and reason) is safe in Pub/Sub`,
    shownBy: {
      'test/deadletters.flow.test.ts': [
        'keeps a message that is refused as a whole as one letter, which is mended at its source',
      ],
    },
  },
  {
    what: 'giving up',
    says: `What has failed every attempt is a dead letter too; ${code('millrace redrive')} sends it to the failed step again, and only there, as it was`,
    shownBy: {
      'emulators/eventarc/delivery.test.ts': [
        'a failing event is retried until its attempts are spent, then it is a dead letter that says where from',
      ],
      'test/deadletters.flow.test.ts': [
        'is a dead letter of its trigger, and after a redrive has its effect once, and there only',
      ],
    },
  },
  {
    what: 'age',
    says: `An event that has waited for ${EVENT_RETENTION_SECONDS / 3600} hours (${WORKER_RETENTION_SECONDS / 86_400} days for a worker) without being handled, behind a backlog of that length, goes to the dead letters as well; in the cloud that is a best effort, and alerts on the age of a subscription's oldest message are the surer way`,
    shownBy: { 'emulators/pubsub/broker.test.ts': ['also takes what outlives its retention'] },
  },
  {
    what: 'size',
    says: `An event of more than ${LARGEST_EVENT_BYTES / 1024} KB cannot be delivered whole: Firestore's come without the document, which the step fetches as it stands; any other is a dead letter without its data, which says where that is to be found. Batches are cut below that`,
    shownBy: {
      'emulators/eventarc/delivery.test.ts': [
        'an event that is too large goes to the dead letters with the reason, without the data nobody could deliver',
      ],
      'emulators/eventarc/firestore.test.ts': ['a change over the limit comes without its data'],
      'shared/batches/codec.test.ts': ['becomes parts below it, with ids of their own and all its records'],
    },
  },
];
