import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
import { loadProtos } from '../../grpc/server.ts';

const SERVICE = '/google.firestore.v1.Firestore';
const root = loadProtos('@google-cloud/firestore', 'v1.json');
const bytes = (value: Buffer): Buffer => value;
export const PROJECT = 'demo-bench';
const owner = (): Metadata => {
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer owner');
  // Without it Google's emulator never answers a Listen call.
  metadata.set('google-cloud-resource-prefix', `projects/${PROJECT}/databases/(default)`);
  return metadata;
};

function encoder(type: string): (message: object) => Buffer {
  const request = root.lookupType(`google.firestore.v1.${type}`);
  return message => Buffer.from(request.encode(request.fromObject(message)).finish());
}

const encodeQuery = encoder('RunQueryRequest');
const encodeListen = encoder('ListenRequest');

/** gRPC with next to nothing of a client around it: what the server can do shows. */
export class RawClient {
  readonly #clients: readonly Client[];

  /** @param connections that the calls are spread over */
  constructor(port: number, connections = 1) {
    this.#clients = Array.from(
      { length: connections },
      (_, i) =>
        new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
          'grpc.use_local_subchannel_pool': 1,
          'bench.connection': i,
        }),
    );
  }

  /** Resolves with the number of answers. */
  runQuery(request: object): Promise<number> {
    const call = this.#clients[0]!.makeServerStreamRequest(
      `${SERVICE}/RunQuery`,
      encodeQuery,
      bytes,
      request,
      owner(),
    );
    return new Promise((resolve, reject) => {
      let count = 0;
      call.on('data', () => count++);
      call.on('error', reject);
      call.on('end', () => resolve(count));
    });
  }

  listen(
    index: number,
    request: object,
    onMessage: (message: Buffer) => void,
  ): ClientDuplexStream<object, Buffer> {
    const client = this.#clients[index % this.#clients.length]!;
    const call = client.makeBidiStreamRequest(`${SERVICE}/Listen`, encodeListen, bytes, owner());
    call.on('data', onMessage);
    call.on('error', () => {});
    call.write(request);
    return call;
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}
