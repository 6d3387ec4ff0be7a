import { Firestore } from '@google-cloud/firestore';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { loadProtos } from '../grpc/server.ts';

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

/** RunQuery without a client in between, which would try again for seconds; resolves with how it ends. */
export function rawRunQuery(port: number, request: object): Promise<{ code: number; details: string }> {
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
    call.on('status', ({ code, details }) => {
      client.close();
      resolve({ code, details });
    });
  });
}

interface WriteAnswer {
  streamToken?: Uint8Array;
  writeResults?: unknown[];
}

/** Sends the requests at once on one Write stream and resolves with the answers, one each. */
export function rawWriteStream(port: number, requests: readonly object[]): Promise<WriteAnswer[]> {
  const requestType = root.lookupType('google.firestore.v1.WriteRequest');
  const responseType = root.lookupType('google.firestore.v1.WriteResponse');
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const answers: WriteAnswer[] = [];
  return new Promise((resolve, reject) => {
    const call = client.makeBidiStreamRequest(
      '/google.firestore.v1.Firestore/Write',
      (message: object) => Buffer.from(requestType.encode(requestType.fromObject(message)).finish()),
      (bytes: Buffer) => responseType.toObject(responseType.decode(bytes)) as WriteAnswer,
    );
    call.on('data', (answer: WriteAnswer) => answers.push(answer));
    call.on('error', reject);
    call.on('status', () => {
      client.close();
      resolve(answers);
    });
    for (const request of requests) call.write(request);
    call.end();
  });
}
