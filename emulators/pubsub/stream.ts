import type { ServerDuplexStream } from '@grpc/grpc-js';
import { invalidArgument } from '../grpc/errors.ts';
import { causeOf } from '../grpc/server.ts';
import { withCause } from '../meter/cause.ts';
import type { LeaseOptions, LocalBroker } from './broker.ts';
import { modifyDeadline } from './deadline.ts';
import { RESPONSE_BYTES } from './pull.ts';
import { handedTo, plainAckId, type Receivers } from './receivers.ts';
import { deliveryToWire } from './wire.ts';

export interface StreamingPullRequest {
  readonly subscription?: string;
  readonly ackIds: readonly string[];
  readonly modifyDeadlineSeconds: readonly number[];
  readonly modifyDeadlineAckIds: readonly string[];
  readonly streamAckDeadlineSeconds?: number;
  readonly maxOutstandingMessages?: string;
  readonly maxOutstandingBytes?: string;
  readonly protocolVersion?: string;
}

const LEAST_DEADLINE = 10;
const MOST_DEADLINE = 600;

/**
 * One StreamingPull call: {@link https://cloud.google.com/pubsub/docs/pull#streamingpull_api}. Counts what it has sent until
 * that is acknowledged, given back or run out, by whatever call. When it closes, its leases run on to their deadlines.
 */
export class PullStream {
  readonly subscription: string;
  readonly call: ServerDuplexStream<StreamingPullRequest, object>;
  readonly #broker: LocalBroker;
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  readonly #keepsAlive: boolean;
  readonly #onRoom: () => void;
  readonly #receivers: Receivers;
  #deadlineSeconds: number;
  readonly #outstanding = new Map<string, number>();
  #outstandingBytes = 0;
  #blocked = false;

  /** @param onRoom called when the stream can take more again */
  constructor(
    broker: LocalBroker,
    call: ServerDuplexStream<StreamingPullRequest, object>,
    request: StreamingPullRequest,
    onRoom: () => void,
    receivers: Receivers,
  ) {
    if (!request.subscription)
      throw invalidArgument('The first request on a stream must name its subscription.');
    this.subscription = broker.subscription(request.subscription).name;
    this.#broker = broker;
    this.call = call;
    this.#onRoom = onRoom;
    this.#receivers = receivers;
    this.#maxMessages = limit(request.maxOutstandingMessages);
    this.#maxBytes = limit(request.maxOutstandingBytes);
    this.#keepsAlive = Number(request.protocolVersion ?? 0) >= 1;
    this.#deadlineSeconds = checkStreamDeadline(request.streamAckDeadlineSeconds ?? 0);
    call.on('drain', () => {
      this.#blocked = false;
      onRoom();
    });
  }

  /** Messages it could take now. */
  get room(): number {
    if (this.#blocked || this.#outstandingBytes >= this.#maxBytes) return 0;
    return this.#maxMessages - this.#outstanding.size;
  }

  /** Leases and sends at most so many; returns how many there were. */
  send(most: number): number {
    const request: LeaseOptions = {
      max: Math.min(most, this.room),
      maxBytes: Math.min(RESPONSE_BYTES, this.#maxBytes - this.#outstandingBytes),
      seconds: this.#deadlineSeconds,
      onEnd: this.#ended,
    };
    // It may be whoever published that brings this about; who listens pays.
    const cause = causeOf(this.call.metadata);
    const deliveries = withCause(cause, () => this.#broker.leaseNow(this.subscription, request));
    if (deliveries.length === 0) return 0;
    for (const { ackId, message } of deliveries) {
      this.#outstanding.set(ackId, message.data.length);
      this.#outstandingBytes += message.data.length;
    }
    const { deadLetterPolicy } = this.#broker.subscription(this.subscription);
    const withAttempt = deadLetterPolicy !== undefined;
    const handed = deliveries.map(delivery => handedTo(this.#receivers, this.subscription, delivery));
    this.#write({ receivedMessages: handed.map(delivery => deliveryToWire(delivery, withAttempt)) });
    return deliveries.length;
  }

  /** A request after the first. */
  receive(request: StreamingPullRequest): void {
    if (request.subscription) throw invalidArgument('The subscription of a stream may be named but once.');
    const { maxOutstandingMessages: messages, maxOutstandingBytes: bytes } = request;
    if (Math.min(limit(messages), limit(bytes)) < Number.POSITIVE_INFINITY) {
      throw invalidArgument('Flow control may be set in the first request of a stream only.');
    }
    const { modifyDeadlineAckIds: ids, modifyDeadlineSeconds: seconds } = request;
    if (ids.length !== seconds.length) {
      throw invalidArgument(
        `modify_deadline_ack_ids (${ids.length}) and modify_deadline_seconds (${seconds.length}) differ in length.`,
      );
    }
    if (request.streamAckDeadlineSeconds) {
      this.#deadlineSeconds = checkStreamDeadline(request.streamAckDeadlineSeconds);
    }
    if (request.ackIds.length > 0) this.#broker.ack(this.subscription, request.ackIds.map(plainAckId));
    for (const [at, id] of ids.entries())
      modifyDeadline(this.#broker, this.subscription, [plainAckId(id)], seconds[at]!);
    // Clients take a stream for dead that does not answer their keepalives.
    if (this.#keepsAlive) this.#write({});
  }

  readonly #ended = (ackId: string): void => {
    this.#outstandingBytes -= this.#outstanding.get(ackId) ?? 0;
    this.#outstanding.delete(ackId);
    this.#onRoom();
  };

  #write(response: object): void {
    const { enableMessageOrdering } = this.#broker.subscription(this.subscription);
    const subscriptionProperties = { messageOrderingEnabled: enableMessageOrdering };
    this.#blocked = !this.call.write({ ...response, subscriptionProperties });
  }
}

/** 0, less and absent are no limit. */
function limit(value: string | undefined): number {
  const number = Number(value ?? 0);
  return number > 0 ? number : Number.POSITIVE_INFINITY;
}

function checkStreamDeadline(seconds: number): number {
  if (seconds >= LEAST_DEADLINE && seconds <= MOST_DEADLINE) return seconds;
  throw invalidArgument(
    `Invalid stream_ack_deadline_seconds given (${seconds}): expected ${LEAST_DEADLINE} to ${MOST_DEADLINE}.`,
  );
}
