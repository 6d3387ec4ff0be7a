import type { ServerDuplexStream } from '@grpc/grpc-js';
import { serveStream, serviceError } from '../grpc/server.ts';
import type { LocalBroker } from './broker.ts';
import { RESPONSE_MESSAGES } from './pull.ts';
import type { Receivers } from './receivers.ts';
import { PullStream, type StreamingPullRequest } from './stream.ts';

export type StreamCall = ServerDuplexStream<StreamingPullRequest, object>;

/** The open streams of one subscription, which take turns. */
interface Group {
  /** Who was served last stands last. */
  readonly streams: PullStream[];
  scheduled: boolean;
  /** Looks again whether the subscription is still stopped. */
  knocking?: NodeJS.Timeout | undefined;
  stopListening: () => void;
}

/** A subscription that is stopped is looked at again after so many milliseconds. */
const KNOCK_AGAIN = 50;

/** All StreamingPull calls: hands what is ready to the streams of a subscription in turn, so that no stream goes without. */
export class Streams {
  readonly #broker: LocalBroker;
  readonly #receivers: Receivers;
  readonly #groups = new Map<string, Group>();

  constructor(broker: LocalBroker, receivers: Receivers) {
    this.#broker = broker;
    this.#receivers = receivers;
  }

  /** The first request on the call says which subscription it is for. */
  open(call: StreamCall): void {
    let stream: PullStream | undefined;
    const close = (): void => {
      if (stream) this.#leave(stream);
      stream = undefined;
    };
    const receive = (request: StreamingPullRequest): void => {
      if (stream) return void stream.receive(request);
      const schedule = (): void => this.#schedule(request.subscription!);
      stream = new PullStream(this.#broker, call, request, schedule, this.#receivers);
      this.#join(stream);
      stream.receive({
        ...request,
        subscription: '',
        maxOutstandingMessages: '0',
        maxOutstandingBytes: '0',
      });
    };
    serveStream(call, receive, close);
  }

  #join(stream: PullStream): void {
    const { subscription } = stream;
    let group = this.#groups.get(subscription);
    if (!group) {
      const stopListening = this.#broker.onReady(subscription, () => this.#schedule(subscription));
      group = { streams: [], scheduled: false, stopListening };
      this.#groups.set(subscription, group);
    }
    group.streams.push(stream);
    this.#schedule(subscription);
  }

  #leave(stream: PullStream): void {
    const group = this.#groups.get(stream.subscription);
    if (!group?.streams.includes(stream)) return;
    group.streams.splice(group.streams.indexOf(stream), 1);
    if (group.streams.length > 0) return;
    group.stopListening();
    this.#groups.delete(stream.subscription);
  }

  /** After the I/O of this turn of the event loop, so that what comes in together goes out together. */
  #schedule(subscription: string): void {
    const group = this.#groups.get(subscription);
    if (!group || group.scheduled) return;
    group.scheduled = true;
    setImmediate(() => {
      group.scheduled = false;
      this.#dispatch(subscription, group);
    });
  }

  #dispatch(subscription: string, group: Group): void {
    if (!this.#broker.hasSubscription(subscription)) {
      for (const stream of [...group.streams])
        this.#fail(stream, () => this.#broker.subscription(subscription));
      return;
    }
    if (this.#receivers.isStopped(subscription)) {
      this.#knock(subscription, group);
      return;
    }
    const willing = group.streams.filter(stream => stream.room > 0);
    if (willing.length === 0) return;
    const fair = Math.ceil(this.#broker.waiting(subscription) / willing.length);
    const share = Math.min(RESPONSE_MESSAGES, Math.max(1, fair));
    for (const stream of willing) {
      const sent = stream.send(share);
      // Nothing is ready any more, unless the stream has filled up meanwhile.
      if (sent === 0 && stream.room > 0) return;
      group.streams.splice(group.streams.indexOf(stream), 1);
      group.streams.push(stream);
    }
    if (willing.some(stream => stream.room > 0)) this.#schedule(subscription);
  }

  #knock(subscription: string, group: Group): void {
    group.knocking ??= setTimeout(() => {
      group.knocking = undefined;
      this.#schedule(subscription);
    }, KNOCK_AGAIN).unref();
  }

  #fail(stream: PullStream, failing: () => unknown): void {
    this.#leave(stream);
    try {
      failing();
    } catch (error) {
      stream.call.emit('error', serviceError(error));
    }
  }
}
