import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { invalidArgument, notFound } from '../grpc/errors.ts';
import type { Handlers } from '../grpc/server.ts';
import type { LocalBroker } from './broker.ts';
import { modifyDeadline } from './deadline.ts';
import { type PageRequest, page } from './paging.ts';
import { ofProject } from './publisher.ts';
import { type PullRequest, pull } from './pull.ts';
import { plainAckId, type Receivers } from './receivers.ts';
import { type StreamCall, Streams } from './streams.ts';
import type { SubscriptionConfig } from './types.ts';
import {
  applyMask,
  NOT_THERE,
  subscriptionFromWire,
  subscriptionToWire,
  type WireSubscription,
} from './wire.ts';

/** What may change after creation; the topic, ordering and the filter may not. */
const MUTABLE: Readonly<Record<string, keyof SubscriptionConfig | typeof NOT_THERE>> = {
  ack_deadline_seconds: 'ackDeadlineSeconds',
  message_retention_duration: 'messageRetentionSeconds',
  labels: 'labels',
  retry_policy: 'retryPolicy',
  dead_letter_policy: 'deadLetterPolicy',
  push_config: NOT_THERE,
  bigquery_config: NOT_THERE,
  cloud_storage_config: NOT_THERE,
  bigtable_config: NOT_THERE,
  retain_acked_messages: NOT_THERE,
  expiration_policy: NOT_THERE,
  enable_exactly_once_delivery: NOT_THERE,
  message_transforms: NOT_THERE,
};

interface BySubscription {
  readonly subscription?: string;
  readonly ackIds: readonly string[];
}

/** google.pubsub.v1.Subscriber over the broker; seek and snapshots are not there. */
export function subscriber(broker: LocalBroker, receivers: Receivers): Handlers {
  const streams = new Streams(broker, receivers);
  return {
    CreateSubscription(wire: WireSubscription) {
      const config = subscriptionFromWire(wire);
      broker.createSubscription(config);
      return subscriptionToWire(config);
    },
    GetSubscription: ({ subscription = '' }: BySubscription) =>
      subscriptionToWire(broker.subscription(subscription)),
    UpdateSubscription({
      subscription,
      updateMask,
    }: {
      subscription?: WireSubscription;
      updateMask?: { paths: string[] };
    }) {
      if (!subscription) throw invalidArgument('The request names no subscription to update.');
      const changed = subscriptionFromWire(subscription);
      const config = applyMask(broker.subscription(changed.name), changed, updateMask?.paths ?? [], MUTABLE);
      broker.updateSubscription(config);
      return subscriptionToWire(config);
    },
    ListSubscriptions({ project = '', ...request }: PageRequest & { project?: string }) {
      const names = broker.subscriptions.map(config => config.name);
      const { items, nextPageToken } = page(ofProject(names, project), request);
      return {
        subscriptions: items.map(name => subscriptionToWire(broker.subscription(name))),
        nextPageToken,
      };
    },
    DeleteSubscription({ subscription = '' }: BySubscription) {
      broker.deleteSubscription(subscription);
      return {};
    },
    Pull: (request: PullRequest, _: Metadata, call: ServerUnaryCall<unknown, unknown>) =>
      pull(broker, request, call, receivers),
    StreamingPull: (call: StreamCall) => streams.open(call),
    Acknowledge({ subscription = '', ackIds }: BySubscription) {
      mustExist(broker, subscription);
      if (ackIds.length === 0) throw invalidArgument('No ack ids specified.');
      broker.ack(subscription, ackIds.map(plainAckId));
      return {};
    },
    ModifyAckDeadline({
      subscription = '',
      ackIds,
      ackDeadlineSeconds = 0,
    }: BySubscription & { ackDeadlineSeconds?: number }) {
      mustExist(broker, subscription);
      if (ackIds.length === 0) throw invalidArgument('No ack ids specified.');
      modifyDeadline(broker, subscription, ackIds.map(plainAckId), ackDeadlineSeconds);
      return {};
    },
  };
}

function mustExist(broker: LocalBroker, subscription: string): void {
  if (!broker.hasSubscription(subscription)) {
    throw notFound(`Resource not found (resource=${subscription}).`);
  }
}
