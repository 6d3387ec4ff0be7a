import { Cron } from 'croner';
import { parseDuration } from '../shared/duration/duration.ts';
import { MESSAGE_PUBLISHED } from '../shared/events/pubsub.ts';
import type { Problem } from '../shared/yaml/checked.ts';
import { nearest } from '../shared/yaml/nearest.ts';
import { DEAD_LETTER_TOPIC } from './catalogue.ts';
import { isPulled, type RawTrigger, type Sources } from './read.ts';
import { refuseCrowdedBuckets, refuseEvent } from './refusals.ts';
import { type Report, reporter, suggest } from './report.ts';

/** Keys of a trigger that mean something beside one of its kinds only. */
const KEYS_OF_KIND: Readonly<Record<string, readonly string[]>> = {
  event: ['topic', 'by', 'where', 'retry'],
  schedule: ['timeZone'],
};

/** The rules of triggers.yaml that its schema cannot state. */
export function checkTriggers({ triggers, topics, steps }: Sources): Problem[] {
  const problems: Problem[] = [];
  const report = reporter(triggers, problems);
  const sound = Object.entries(triggers.value ?? {}).filter(([name]) => triggers.sound([name]));
  const knownTopics = Object.keys(topics.value ?? {});
  for (const [name, trigger] of sound) {
    checkStep(name, trigger, [...steps.keys()], report);
    checkKeys(name, trigger, report);
    if (trigger.event !== undefined) refuseEvent(name, trigger, report);
    if (trigger.topic !== undefined) checkTopic(name, trigger.topic, knownTopics, report);
    checkBy(name, trigger, report);
    if (trigger.retry !== undefined) checkRetry(name, trigger.retry, report);
    if (trigger.schedule !== undefined) checkSchedule(name, trigger.schedule, trigger.timeZone, report);
  }
  refuseCrowdedBuckets(Object.fromEntries(sound), report);
  checkDeadLetters(sound, knownTopics, report);
  return problems;
}

function checkStep(name: string, { step }: RawTrigger, steps: readonly string[], report: Report): void {
  if (steps.includes(step)) return;
  const guess = nearest(step, steps);
  const mend = guess === undefined ? `add functions/${step}/function.yaml` : `did you mean ${guess}?`;
  report([name, 'step'], { what: `there is no step "${step}"`, ...suggest(guess, steps), mend });
}

function checkTopic(name: string, topic: string, topics: readonly string[], report: Report): void {
  if (topics.includes(topic)) return;
  const what = `there is no topic "${topic}" in eventarc/topics.yaml`;
  report([name, 'topic'], { what, ...suggest(nearest(topic, topics), topics) });
}

function checkKeys(name: string, trigger: RawTrigger, report: Report): void {
  for (const [kind, keys] of Object.entries(KEYS_OF_KIND)) {
    if (kind in trigger) continue;
    for (const key of keys.filter(key => key in trigger)) {
      report([name, key], { what: `"${key}" goes with ${kind} only`, mend: 'take it out' }, 'key');
    }
  }
}

/** Cloud Run's limit for the name of a worker pool, which is the trigger's. */
const LONGEST_POOL = 49;

function checkBy(name: string, trigger: RawTrigger, report: Report): void {
  const { event, by, ordered } = trigger;
  if (isPulled(trigger) && event !== undefined && event !== MESSAGE_PUBLISHED) {
    const what = `"${by}" is for messages of a topic; Eventarc alone delivers ${event}`;
    report([name, 'by'], { what, mend: 'take by out' });
  }
  if (isPulled(trigger) && name.length > LONGEST_POOL) {
    const what = `"${name}" has ${name.length} characters, and its worker pool bears that name`;
    report([name], { what, expected: `at most ${LONGEST_POOL}` }, 'key');
  }
  if (ordered && !isPulled(trigger)) {
    const what = '"ordered" goes with a worker only: Eventarc delivers in any order';
    const mend = 'take it out and make the step independent of the order, or add by: streaming-pull';
    report([name, 'ordered'], { what, mend }, 'key');
  }
}

/** Bounds of Pub/Sub's retry policy. */
function checkRetry(name: string, retry: NonNullable<RawTrigger['retry']>, report: Report): void {
  const expected = 'a backoff from 10s to 600s';
  for (const key of ['min', 'max'] as const) {
    const text = retry[key];
    if (text === undefined) continue;
    const seconds = readDuration([name, 'retry', key], text, report);
    if (seconds === undefined || (seconds >= 10 && seconds <= 600)) continue;
    report([name, 'retry', key], { what: `"${key}" is ${text}`, expected });
  }
  const { minimumBackoff, maximumBackoff } = retryOf(retry);
  if (minimumBackoff > maximumBackoff) {
    const what = `"min" of ${minimumBackoff} seconds is more than "max" of ${maximumBackoff}`;
    report([name, 'retry'], { what, mend: 'let min be at most max' });
  }
}

const RETRY = { attempts: 10, min: '10s', max: '600s' };

/** The retry policy in seconds, with Eventarc's defaults; durations that do not parse count as the default. */
export function retryOf(retry: RawTrigger['retry'] = {}) {
  return {
    attempts: retry.attempts ?? RETRY.attempts,
    minimumBackoff: secondsOf(retry.min) ?? parseDuration(RETRY.min),
    maximumBackoff: secondsOf(retry.max) ?? parseDuration(RETRY.max),
  };
}

function secondsOf(text: string | undefined): number | undefined {
  try {
    return text === undefined ? undefined : parseDuration(text);
  } catch {
    return undefined;
  }
}

/** Reads a duration or reports why it is none. */
export function readDuration(path: readonly string[], text: string, report: Report): number | undefined {
  try {
    return parseDuration(text);
  } catch (error) {
    report(path, { what: (error as RangeError).message });
    return undefined;
  }
}

function checkSchedule(name: string, schedule: string, timeZone = 'Etc/UTC', report: Report): void {
  const cron = 'five fields of Unix cron such as "*/5 * * * *"';
  if (schedule.trim().split(/\s+/).length !== 5) {
    report([name, 'schedule'], { what: `the schedule "${schedule}" has not five fields`, expected: cron });
  } else {
    try {
      new Cron(schedule, { mode: '5-part', paused: true }).stop();
    } catch (error) {
      const reason = (error as Error).message.replace(/^CronPattern: /, '');
      report([name, 'schedule'], {
        what: `the schedule "${schedule}" is no cron: ${reason}`,
        expected: cron,
      });
    }
  }
  if (isTimeZone(timeZone)) return;
  const zones = Intl.supportedValuesOf('timeZone');
  const what = `there is no time zone "${timeZone}"`;
  const expected = 'an IANA name such as Etc/UTC or Europe/Berlin';
  const guess = nearest(timeZone, zones);
  report([name, 'timeZone'], { what, expected, mend: guess && `did you mean ${guess}?` });
}

/** Runtimes also take offsets such as +02:00, which Cloud Scheduler does not. */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

function checkDeadLetters(
  sound: readonly (readonly [string, RawTrigger])[],
  topics: readonly string[],
  report: Report,
): void {
  const first = sound.find(([, trigger]) => trigger.event !== undefined);
  if (first === undefined || topics.includes(DEAD_LETTER_TOPIC)) return;
  const what = `there is no topic "${DEAD_LETTER_TOPIC}" for what triggers such as "${first[0]}" give up on`;
  report([first[0]], { what, mend: `add ${DEAD_LETTER_TOPIC} to eventarc/topics.yaml` }, 'key');
}
