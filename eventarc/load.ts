import { parseDuration } from '../shared/duration/duration.ts';
import { DEAD_LETTER_TOPIC, EVENT_TYPES, ROUTING_STEP } from './catalogue.ts';
import { checkSteps, mebibytes } from './check-steps.ts';
import { checkTopics } from './check-topics.ts';
import { checkTriggers, retryOf } from './check-triggers.ts';
import { isPattern } from './patterns.ts';
import { type RawStep, type RawTopic, type RawTrigger, readSources } from './read.ts';
import type { Filter, Role, Step, Topic, Trigger, Wiring } from './wiring.ts';
import { WiringError } from './wiring-error.ts';

/**
 * Reads the wiring of a repository: root/eventarc/triggers.yaml, root/eventarc/topics.yaml and every
 * root/functions/<step>/function.yaml, with defaults filled in and units converted.
 *
 * @throws WiringError that lists everything that is wrong in any of them, in the order of the files
 */
export function loadWiring(root: string): Wiring {
  const sources = readSources(root);
  const { triggers, topics, steps } = sources;
  const files = [triggers, topics, ...steps.values()];
  const problems = [
    ...files.flatMap(file => file.problems),
    ...checkTriggers(sources),
    ...checkTopics(sources),
    ...checkSteps(sources),
  ];
  if (problems.length > 0) {
    const order = [...new Set(problems.map(problem => problem.file))];
    throw new WiringError(
      problems.sort(
        (a, b) => order.indexOf(a.file) - order.indexOf(b.file) || a.line - b.line || a.column - b.column,
      ),
    );
  }
  return {
    triggers: Object.entries(triggers.value).map(([name, raw]) => triggerOf(name, raw)),
    topics: Object.entries(topics.value).map(([name, raw]) => topicOf(name, raw)),
    steps: [...steps].map(([name, { value }]) => withRoutes(stepOf(name, value), topics.value)),
  };
}

function triggerOf(name: string, raw: RawTrigger): Trigger {
  const base = { name, step: raw.step };
  if (raw.schedule !== undefined) {
    return { ...base, kind: 'schedule', schedule: raw.schedule, timeZone: raw.timeZone ?? 'Etc/UTC' };
  }
  if (raw.queue !== undefined) return { ...base, kind: 'task', queue: raw.queue };
  if (raw.event === undefined) return { ...base, kind: 'http' };
  // Dead letters that failed again would go round for ever.
  const deadLetterTopic = raw.topic === DEAD_LETTER_TOPIC ? {} : { deadLetterTopic: DEAD_LETTER_TOPIC };
  const retry = { ...retryOf(raw.retry), ...deadLetterTopic };
  if (raw.by !== undefined && raw.by !== 'push') {
    return { ...base, kind: 'worker', by: raw.by, topic: raw.topic!, ordered: raw.ordered ?? false, retry };
  }
  return {
    ...base,
    kind: 'eventarc',
    event: raw.event,
    ...(raw.topic === undefined ? {} : { topic: raw.topic }),
    where: filtersOf(raw.event, raw.where ?? {}),
    retry,
  };
}

/** The filters in Eventarc's order of attributes, with its defaults written out. */
function filtersOf(event: string, where: Readonly<Record<string, string>>): Filter[] {
  return Object.entries(EVENT_TYPES.get(event)?.attributes ?? {}).flatMap(([attribute, rule]) => {
    const value = where[attribute] ?? rule.default;
    if (value === undefined) return [];
    return [{ attribute, value, operator: isPattern(value) ? 'match-path-pattern' : 'exact' } as const];
  });
}

function topicOf(name: string, { description, retention, routed, readBy }: RawTopic): Topic {
  const seconds = retention === undefined ? 0 : parseDuration(retention);
  return {
    name,
    description,
    retention: seconds,
    ...(routed && { routed }),
    ...(readBy === undefined ? {} : { readBy }),
  };
}

/** The step that routes events may publish to every topic that takes them: `terraform/wiring.tf` says the same. */
function withRoutes(step: Step, topics: Readonly<Record<string, RawTopic>>): Step {
  if (step.name !== ROUTING_STEP) return step;
  const routed = Object.keys(topics).filter(name => topics[name]!.routed);
  const roles = routed.map((name): Role => ({ role: 'roles/pubsub.publisher', on: `topic:${name}` }));
  return { ...step, roles: [...step.roles, ...roles], publishes: [...step.publishes, ...routed] };
}

function stepOf(name: string, raw: RawStep): Step {
  return {
    name,
    description: raw.description,
    memory: mebibytes(raw.memory),
    timeout: parseDuration(raw.timeout),
    concurrency: raw.concurrency,
    instances: { min: raw.instances.min ?? 0, max: raw.instances.max },
    // The schema's patterns say of `on` what its type does.
    roles: raw.roles as Role[],
    publishes: raw.publishes ?? [],
    writes: raw.writes ?? [],
    environment: raw.environment ?? {},
    guarantees: raw.guarantees,
  };
}
