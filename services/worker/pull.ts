import { setTimeout as after } from 'node:timers/promises';
import { PubSub, type protos, v1 } from '@google-cloud/pubsub';
import { kindOf } from '../../shared/errors/errors.ts';
import { createGroups } from '../../shared/group/group.ts';
import type { Delivery, Source, SourceOptions } from './delivery.ts';

type Received = protos.google.pubsub.v1.IReceivedMessage;
type Call = Promise<[protos.google.pubsub.v1.IPullResponse]> & { cancel(): void };
/** Tells Pub/Sub something of one message. */
type Tell = (key: string, ackId: string) => Promise<unknown>;

/** Seconds that each extension of a lease gives. What a killed worker had comes again after these at most. */
const LEASE = 30;
/** Well within 10 s, the shortest ack deadline that a subscription may have. */
const EXTEND_MS = 5000;
/** Ack ids in a request, which may have 512 KiB. */
const MOST_IDS = 1000;
/** Between attempts when Pub/Sub does not answer, ms: doubling. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/**
 * Unary pull: asks for as many messages as there is room for, and asks again.
 * {@link https://cloud.google.com/pubsub/docs/pull#unary_pull_code_samples}
 */
export class Pull implements Source {
  readonly #options: SourceOptions;
  readonly #client: Promise<v1.SubscriberClient>;
  /** What has been received and not been settled, with the time when it was. */
  readonly #out = new Map<string, number>();
  /** Requests under way that settle something. */
  readonly #telling = new Set<Promise<unknown>>();
  readonly #ack: Tell;
  readonly #release: Tell;
  #running: Promise<void> = Promise.resolve();
  #extending: NodeJS.Timeout | undefined;
  #settled = (): void => {};
  #cancel = (): void => {};
  #closed = false;

  constructor(options: SourceOptions) {
    this.#options = options;
    this.#client = connect(options.project);
    this.#ack = this.#grouped((client, request) => client.acknowledge(request));
    this.#release = this.#grouped((client, request) =>
      client.modifyAckDeadline({ ...request, ackDeadlineSeconds: 0 }),
    );
  }

  start(take: (delivery: Delivery) => void, fail: (error: Error) => void): void {
    this.#extending = setInterval(() => void this.#extend(), EXTEND_MS);
    this.#running = this.#run(take).catch(fail);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    this.#settled();
    await this.#running;
    while (this.#out.size > 0) await this.#untilSettled();
    clearInterval(this.#extending);
    await Promise.all(this.#telling);
    await (await this.#client).close();
  }

  /** @throws what people must mend: no such subscription, no right to it */
  async #run(take: (delivery: Delivery) => void): Promise<void> {
    let pause = FIRST_PAUSE;
    while (!this.#closed) {
      try {
        for (const received of await this.#ask()) take(this.#deliveryOf(received));
        pause = FIRST_PAUSE;
      } catch (error) {
        if (this.#closed) return;
        if (kindOf(error) !== 'transient') throw error;
        this.#options.warn(`Pub/Sub does not answer; it is asked again in ${pause} ms`, error);
        await after(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
      while (this.#out.size >= this.#options.most && !this.#closed) await this.#untilSettled();
    }
  }

  async #ask(): Promise<readonly Received[]> {
    const { subscription, most } = this.#options;
    const client = await this.#client;
    await client.initialize();
    if (this.#closed) return [];
    // Below `client.pull`, whose promise cannot be cancelled: where nothing waits, Pub/Sub answers after a minute and a half.
    const call = client.innerApiCalls['pull']!(
      { subscription, maxMessages: most - this.#out.size },
      {
        otherArgs: {
          headers: { 'x-goog-request-params': `subscription=${encodeURIComponent(subscription)}` },
        },
      },
    ) as Call;
    this.#cancel = () => call.cancel();
    const [{ receivedMessages }] = await call;
    return receivedMessages ?? [];
  }

  #deliveryOf({ ackId: id, message, deliveryAttempt }: Received): Delivery {
    const ackId = String(id);
    this.#out.set(ackId, Date.now());
    const { data, attributes, messageId, publishTime, orderingKey } = message ?? {};
    return {
      ackId,
      message: {
        data: Buffer.from((data ?? []) as Uint8Array),
        attributes: attributes ?? {},
        messageId: String(messageId),
        publishTime: Number(publishTime?.seconds ?? 0) * 1000 + Math.floor((publishTime?.nanos ?? 0) / 1e6),
        ...(orderingKey && { orderingKey }),
      },
      ...(deliveryAttempt && { attempt: deliveryAttempt }),
      ack: () => this.#settle(ackId, this.#ack, 'could not be acknowledged: it comes again'),
      release: () => this.#settle(ackId, this.#release, 'could not be given back: it comes again later'),
    };
  }

  async #settle(ackId: string, tell: Tell, otherwise: string): Promise<void> {
    const telling = tell('', ackId).catch((error: unknown) =>
      this.#options.warn(`A message ${otherwise}`, error),
    );
    this.#telling.add(telling);
    this.#out.delete(ackId);
    this.#settled();
    await telling;
    this.#telling.delete(telling);
  }

  /** Ids that come while a request is under way go together in the next. */
  #grouped(
    request: (
      client: v1.SubscriberClient,
      request: { subscription: string; ackIds: string[] },
    ) => Promise<unknown>,
  ): Tell {
    const { subscription } = this.#options;
    return createGroups<string, unknown>(
      async ackIds => {
        await request(await this.#client, { subscription, ackIds: [...ackIds] });
        return ackIds;
      },
      { most: MOST_IDS },
    );
  }

  async #extend(): Promise<void> {
    const { subscription, longest, warn } = this.#options;
    const oldest = Date.now() - longest * 1000;
    const ackIds = [...this.#out].filter(([, since]) => since > oldest).map(([ackId]) => ackId);
    const client = await this.#client;
    for (let at = 0; at < ackIds.length; at += MOST_IDS) {
      const some = ackIds.slice(at, at + MOST_IDS);
      await client
        .modifyAckDeadline({ subscription, ackIds: some, ackDeadlineSeconds: LEASE })
        .catch((error: unknown) => warn('Leases could not be extended', error));
    }
  }

  #untilSettled(): Promise<void> {
    return new Promise(resolve => {
      this.#settled = resolve;
    });
  }
}

/** The client of the bare API, which knows nothing of emulators by itself. */
async function connect(project: string): Promise<v1.SubscriberClient> {
  const config = await new PubSub({ projectId: project }).getClientConfig();
  return new v1.SubscriberClient(config as ConstructorParameters<typeof v1.SubscriberClient>[0]);
}
