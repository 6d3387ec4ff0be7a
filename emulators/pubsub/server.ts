import type { Emulator } from '../emulator.ts';
import { addService, listen, loadProtos, newServer } from '../grpc/server.ts';
import { type BrokerOptions, createBroker, type LocalBroker } from './broker.ts';
import { type Full, publisher } from './publisher.ts';
import { type Receivers, STRANGERS } from './receivers.ts';
import { subscriber } from './subscriber.ts';

export interface PubsubOptions extends BrokerOptions {
  /** 0 lets the system choose. */
  readonly port?: number;
  /** Serves this one instead of making its own; whoever made it stops it. */
  readonly broker?: LocalBroker;
  /** Holds back those who publish from outside: they are answered RESOURCE_EXHAUSTED, as over a quota of the service. */
  readonly full?: Full;
  /** Told of what is pulled. */
  readonly receivers?: Receivers;
}

export interface PubsubEmulator extends Emulator {
  readonly broker: LocalBroker;
}

/**
 * Serves google.pubsub.v1 over gRPC for the official clients (PUBSUB_EMULATOR_HOST). Methods, fields and settings that are
 * not there answer UNIMPLEMENTED and name themselves.
 * {@link https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1}
 */
export async function startPubsub({
  port = 0,
  broker,
  full = () => undefined,
  receivers = STRANGERS,
  ...options
}: PubsubOptions = {}): Promise<PubsubEmulator> {
  const served = broker ?? createBroker(options);
  const root = loadProtos('@google-cloud/pubsub', 'protos.json');
  const server = newServer();
  addService(server, root, 'google.pubsub.v1.Publisher', publisher(served, full));
  addService(server, root, 'google.pubsub.v1.Subscriber', subscriber(served, receivers));
  addService(server, root, 'google.pubsub.v1.SchemaService', {});
  const emulator = await listen(server, port);
  return {
    ...emulator,
    broker: served,
    async stop() {
      await emulator.stop();
      if (!broker) served.stop();
    },
  };
}
