import { Firestore } from '@google-cloud/firestore';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { loadProtos } from '../grpc/server.ts';

// Spares the client a slow look for a metadata server.
process.env['METADATA_SERVER_DETECTION'] = 'none';

/** The official client, pointed at an emulator; tests close it with `terminate()`. */
export function clientOf(port: number, projectId = 'demo-millrace'): Firestore {
  return new Firestore({
    host: '127.0.0.1',
    port,
    ssl: false,
    projectId,
    customHeaders: { Authorization: 'Bearer owner' },
    ignoreUndefinedProperties: true,
  });
}

const root = loadProtos('@google-cloud/firestore', 'v1.json');

/** RunQuery without a client in between, which would try again for seconds; resolves with the code it ends with. */
export function rawRunQuery(port: number, request: object): Promise<number> {
  const requestType = root.lookupType('google.firestore.v1.RunQueryRequest');
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer owner');
  return new Promise(resolve => {
    const call = client.makeServerStreamRequest(
      '/google.firestore.v1.Firestore/RunQuery',
      (message: object) => Buffer.from(requestType.encode(requestType.fromObject(message)).finish()),
      (bytes: Buffer) => bytes,
      request,
      metadata,
    );
    call.on('data', () => {});
    call.on('error', () => {});
    call.on('status', ({ code }) => {
      client.close();
      resolve(code);
    });
  });
}
