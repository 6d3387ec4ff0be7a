import type { BigQuery } from '@google-cloud/bigquery';

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
