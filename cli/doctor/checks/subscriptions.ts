import { triggerAccount } from '../../../eventarc/names.ts';
import type { EventarcTrigger } from '../../../eventarc/wiring.ts';
import type { Subscription } from '../api.ts';
import { type Case, type Place, secondsOf, subscriptionOf } from '../case.ts';
import { compare, type Finding } from '../finding.ts';
import { DELIVER, replaceTrigger } from '../mends.ts';

type Retried = Pick<EventarcTrigger, 'retry'>;

/** As long as Pub/Sub allows; for a push also how long it waits for the step. */
const ACK_DEADLINE = 600;

/** The subscriptions that Eventarc makes under its triggers. */
export function checkSubscriptions({ wiring, place, answers }: Case): Finding[] {
  return wiring.triggers.flatMap((trigger): Finding[] => {
    if (trigger.kind !== 'eventarc' || answers.get('trigger', trigger.name) === undefined) return [];
    const name = subscriptionOf(answers, trigger.name);
    const about = `subscription of the trigger ${trigger.name}`;
    if (name === undefined || answers.isMissing('subscription', name)) {
      const what = 'it is not there: its events wait nowhere and are lost';
      const expected = 'the subscription that Eventarc made with the trigger';
      return [{ severity: 'error', place: about, what, expected, mend: replaceTrigger(trigger.name) }];
    }
    const subscription = answers.get('subscription', name);
    if (subscription === undefined) return [];
    const timeout = wiring.steps.find(step => step.name === trigger.step)?.timeout ?? ACK_DEADLINE;
    return [
      ...checkAlive(about, trigger, subscription, place),
      ...checkDeadline(about, timeout, subscription),
      ...checkDeadLetter(about, trigger, subscription, place),
      ...checkBackoff(about, trigger, subscription),
    ];
  });
}

function checkAlive(about: string, { name }: EventarcTrigger, found: Subscription, place: Place): Finding[] {
  const mend = replaceTrigger(name);
  const cut = found.detached === true || found.topic === '_deleted_topic_';
  const so = 'no event reaches the step any more';
  return compare(about, [
    { name: 'topic', is: cut ? 'gone' : 'there', expected: 'there', so, mend },
    { name: 'state', is: found.state ?? 'ACTIVE', expected: 'ACTIVE', so, mend },
    {
      name: 'push endpoint',
      is: found.pushConfig?.pushEndpoint ? 'set' : undefined,
      expected: 'set',
      so: 'nobody pulls from it',
      mend,
    },
    {
      name: 'account of its pushes',
      is: found.pushConfig?.oidcToken?.serviceAccountEmail,
      expected: triggerAccount(name, place.project),
      so: 'the step refuses its calls',
      mend,
    },
  ]);
}

function checkDeadline(about: string, timeout: number, { ackDeadlineSeconds = 10 }: Subscription): Finding[] {
  const early = ackDeadlineSeconds < timeout;
  return compare(about, [
    {
      name: 'ack deadline in seconds',
      is: ackDeadlineSeconds,
      expected: ACK_DEADLINE,
      so: early
        ? `the step may take ${timeout} s and is called again meanwhile, until its attempts are spent`
        : 'it is not as declared',
      severity: early ? 'error' : 'warning',
      mend: DELIVER,
    },
  ]);
}

/** @param mend the command that sets what differs */
export function checkDeadLetter(
  about: string,
  { retry }: Retried,
  { deadLetterPolicy }: Subscription,
  { project }: Place,
  mend = DELIVER,
): Finding[] {
  const topic = retry.deadLetterTopic && `projects/${project}/topics/${retry.deadLetterTopic}`;
  const { deadLetterTopic, maxDeliveryAttempts = 5 } = deadLetterPolicy ?? {};
  if (topic === undefined) {
    if (!deadLetterTopic) return [];
    const what = `dead letters that fail go to ${deadLetterTopic}: they go round for ever`;
    const expected = 'no dead letter, as it reads the dead letters itself';
    return [{ severity: 'warning', place: about, what, expected, mend }];
  }
  if (!deadLetterTopic) {
    const what = 'it has no dead letter: what fails for 24 hours is dropped in silence';
    const expected = `${topic} after ${retry.attempts} attempts`;
    return [{ severity: 'error', place: about, what, expected, mend }];
  }
  return compare(about, [
    {
      name: 'dead-letter topic',
      is: deadLetterTopic,
      expected: topic,
      so: 'no step reads what is given up',
      mend,
    },
    {
      name: 'number of attempts',
      is: maxDeliveryAttempts,
      expected: retry.attempts,
      so: 'events are given up sooner or later than declared',
      severity: 'warning',
      mend,
    },
  ]);
}

/** @param mend the command that sets what differs */
export function checkBackoff(
  about: string,
  { retry }: Retried,
  { retryPolicy }: Subscription,
  mend = DELIVER,
): Finding[] {
  const text = (least: number | undefined, most: number | undefined): string => `${least} s to ${most} s`;
  const { minimumBackoff, maximumBackoff } = retryPolicy ?? {};
  return compare(about, [
    {
      name: 'backoff',
      is: retryPolicy && text(secondsOf(minimumBackoff), secondsOf(maximumBackoff)),
      expected: text(retry.minimumBackoff, retry.maximumBackoff),
      so: retryPolicy
        ? 'attempts are not as far apart as declared'
        : 'failed events come again at once, and their attempts are spent within seconds',
      severity: 'warning',
      mend,
    },
  ]);
}
