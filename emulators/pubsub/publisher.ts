import { GrpcError, invalidArgument, notFound, status } from '../grpc/errors.ts';
import type { Handlers } from '../grpc/server.ts';
import { causeNow, followsEvent } from '../meter/cause.ts';
import type { LocalBroker } from './broker.ts';
import { type PageRequest, page } from './paging.ts';
import type { TopicConfig } from './types.ts';
import {
  applyMask,
  messageFromWire,
  NOT_THERE,
  topicFromWire,
  topicToWire,
  type WireMessage,
  type WireTopic,
} from './wire.ts';

const MUTABLE: Readonly<Record<string, keyof TopicConfig | typeof NOT_THERE>> = {
  labels: 'labels',
  message_retention_duration: 'messageRetentionSeconds',
  message_storage_policy: NOT_THERE,
  kms_key_name: NOT_THERE,
  schema_settings: NOT_THERE,
  ingestion_data_source_settings: NOT_THERE,
  message_transforms: NOT_THERE,
};

interface ByProject extends PageRequest {
  readonly project?: string;
}
interface ByTopic extends PageRequest {
  readonly topic?: string;
}

/** Why a topic, by its full name, takes no request of so many messages for now; undefined where it does. */
export type Full = (topic: string, messages: number) => string | undefined;

/** google.pubsub.v1.Publisher over the broker. */
export function publisher(broker: LocalBroker, full: Full): Handlers {
  return {
    CreateTopic(wire: WireTopic) {
      const config = topicFromWire(wire);
      broker.createTopic(config.name, config.labels);
      broker.updateTopic(config);
      return topicToWire(config);
    },
    GetTopic: ({ topic = '' }: ByTopic) => topicToWire(broker.topic(topic)),
    UpdateTopic({ topic, updateMask }: { topic?: WireTopic; updateMask?: { paths: string[] } }) {
      if (!topic) throw invalidArgument('The request names no topic to update.');
      const changed = topicFromWire(topic);
      const config = applyMask(broker.topic(changed.name), changed, updateMask?.paths ?? [], MUTABLE);
      broker.updateTopic(config);
      return topicToWire(config);
    },
    ListTopics({ project = '', ...request }: ByProject) {
      const { items, nextPageToken } = page(ofProject(broker.topics, project), request);
      return { topics: items.map(name => topicToWire(broker.topic(name))), nextPageToken };
    },
    ListTopicSubscriptions({ topic = '', ...request }: ByTopic) {
      if (!broker.hasTopic(topic)) throw notFound(`Resource not found (resource=${topic}).`);
      const names = broker.subscriptions.filter(config => config.topic === topic).map(config => config.name);
      const { items, nextPageToken } = page(names, request);
      return { subscriptions: items, nextPageToken };
    },
    DeleteTopic({ topic = '' }: ByTopic) {
      broker.deleteTopic(topic);
      return {};
    },
    async Publish({ topic = '', messages }: { topic?: string; messages: WireMessage[] }) {
      // What a step makes of an event always gets through: held back, nothing would ever be worked off.
      const why = followsEvent(causeNow()) ? undefined : full(topic, messages.length);
      if (why !== undefined) throw new GrpcError(status.RESOURCE_EXHAUSTED, why);
      return { messageIds: await broker.publish(topic, messages.map(messageFromWire)) };
    },
  };
}

/** Names below `projects/P`. */
export const ofProject = (names: readonly string[], project: string): string[] =>
  names.filter(name => name.startsWith(`${project}/`));
