import type { Answers } from './answers.ts';
import type { Case } from './case.ts';
import { checkAccounts } from './checks/accounts.ts';
import { checkFirestore } from './checks/firestore.ts';
import { checkGrants } from './checks/grants.ts';
import { checkPipelines } from './checks/pipelines.ts';
import { checkQueues } from './checks/queues.ts';
import { checkSchedules } from './checks/schedules.ts';
import { checkSeen } from './checks/seen.ts';
import { checkServices } from './checks/services.ts';
import { checkSteps } from './checks/steps.ts';
import { checkBuckets, checkDatasets, checkNotifications } from './checks/storage.ts';
import { checkSubscriptions } from './checks/subscriptions.ts';
import { checkSurplus } from './checks/surplus.ts';
import { checkTopics } from './checks/topics.ts';
import { checkTriggers } from './checks/triggers.ts';
import { checkWorkers } from './checks/workers.ts';
import type { Finding } from './finding.ts';

export { checkSeen };

/** From what everything stands on to what it leads to. */
const CHECKS: readonly ((one: Case) => Finding[])[] = [
  ({ place, answers }: { place: Case['place']; answers: Answers }) => checkSeen(place.project, answers),
  checkServices,
  checkAccounts,
  checkGrants,
  checkSurplus,
  checkTriggers,
  checkNotifications,
  checkSubscriptions,
  checkWorkers,
  checkSchedules,
  checkQueues,
  checkSteps,
  checkTopics,
  checkBuckets,
  checkDatasets,
  checkPipelines,
  checkFirestore,
];

/**
 * Everything in which a project differs from what its checkout declares. What could not be seen is told once, and not
 * taken for missing.
 */
export const check = (one: Case): Finding[] => CHECKS.flatMap(run => run(one));
