import type { BigQuery } from '@google-cloud/bigquery';
import type { BigQueryWriteClient } from '@google-cloud/bigquery-storage/build/src/v1/big_query_write_client.js';

/** This client does not leave authentication out where it talks to an emulator, so it is given an account that needs none. */
export async function createBigQuery(
  projectId: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<BigQuery> {
  const { BigQuery } = await import('@google-cloud/bigquery');
  const apiEndpoint = environment['BIGQUERY_EMULATOR_HOST'];
  if (!apiEndpoint) return new BigQuery({ projectId });
  const { PassThroughClient } = await import('google-auth-library');
  return new BigQuery({ projectId, apiEndpoint, authClient: new PassThroughClient() });
}

/** The client of the Storage Write API. It heeds no variable for an emulator, so its options are filled in from the other one's. */
export async function createWriteClient(
  projectId: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<BigQueryWriteClient> {
  // The package's own index loads every version of the API, and Arrow for reading.
  const { BigQueryWriteClient } = await import(
    '@google-cloud/bigquery-storage/build/src/v1/big_query_write_client.js'
  );
  const emulator = environment['BIGQUERY_EMULATOR_HOST'];
  if (!emulator) return new BigQueryWriteClient({ projectId });
  const { credentials } = await import('@grpc/grpc-js');
  const { hostname, port } = new URL(emulator);
  const sslCreds = credentials.createInsecure();
  return new BigQueryWriteClient({ projectId, apiEndpoint: hostname, port: Number(port), sslCreds });
}
