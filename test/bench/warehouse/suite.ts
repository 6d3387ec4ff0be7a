import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import type { FaultPlan } from '../../../emulators/faults/plan.ts';
import { PROJECT } from '../../../emulators/suite-address.ts';
import { ownRoot } from '../../support/root.ts';
import { startTestSuite, type TestSuite } from '../../support/suite.ts';

const WRITTEN = 'google.cloud.firestore.document.v1.written';
export const MIRROR_TRIGGER = `mirror-items: { step: mirror, event: ${WRITTEN}, where: { document: "items/{item}" } }\n`;
export const MIRROR = {
  'mirrors/items.yaml': 'collection_path: items\ntable_id: items\nexclude_old_data: true\n',
};

/** How much of what. */
export type Sizes = Readonly<Record<'writes' | 'events' | 'documents', number>>;

/** What is not as it is without being told. */
export interface Unusual {
  /** What stands in the place of functions/mirror/index.ts. */
  readonly index?: string | undefined;
  readonly faults?: FaultPlan | undefined;
}

/** A suite of its own, with these triggers and files of pipelines/ besides. */
export async function withSuite<T>(
  trigger: string,
  files: Readonly<Record<string, string>>,
  work: (millrace: TestSuite, bigquery: BigQuery) => Promise<T>,
  { index, faults }: Unusual = {},
): Promise<T> {
  using own = ownRoot(trigger, files, '', index === undefined ? {} : { mirror: index });
  await using millrace = await startTestSuite({
    root: own.root,
    pipelines: own.pipelines,
    ...(faults && { faults }),
  });
  const apiEndpoint = millrace.suite.environment['BIGQUERY_EMULATOR_HOST']!;
  const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint, authClient: new PassThroughClient() });
  return await work(millrace, bigquery);
}

export async function numberOf(bigquery: BigQuery, sql: string): Promise<number> {
  const [[row]] = (await bigquery.query(sql)) as unknown as [[{ n: number }]];
  return Number(row.n);
}
