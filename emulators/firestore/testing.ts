import { Firestore } from '@google-cloud/firestore';

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
