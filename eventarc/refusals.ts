import { nearest } from '../shared/yaml/nearest.ts';
import { type AttributeRule, EVENT_TYPES, type EventType, NOTIFICATIONS_PER_BUCKET } from './catalogue.ts';
import { compilePattern, documentPatternProblem, isPattern } from './patterns.ts';
import type { RawTrigger } from './read.ts';
import type { Report } from './report.ts';

type Raw = Readonly<Record<string, RawTrigger>>;

/** Says of a trigger with an event what Eventarc would refuse, or silently never deliver. */
export function refuseEvent(name: string, trigger: RawTrigger, report: Report): void {
  const event = trigger.event ?? '';
  const type = EVENT_TYPES.get(event);
  if (type === undefined) {
    const guess = nearest(event, EVENT_TYPES.keys());
    report([name, 'event'], {
      what: `Eventarc delivers no events of the type "${event}" to Millrace`,
      expected: guess === undefined ? `one of ${[...EVENT_TYPES.keys()].join(', ')}` : undefined,
      mend: guess === undefined ? undefined : `did you mean ${guess}?`,
    });
    return;
  }
  if (type.source === 'pubsub') refuseOnTopic(name, trigger, report);
  else refuseFilters(name, trigger, type, report);
}

function refuseOnTopic(name: string, trigger: RawTrigger, report: Report): void {
  if (trigger.topic === undefined) {
    report([name], { what: `"${name}" names no topic`, mend: 'add topic: and one of topics.yaml' }, 'key');
  }
  for (const attribute of Object.keys(trigger.where ?? {})) {
    report(
      [name, 'where', attribute],
      {
        what: `Eventarc takes no attribute filters on Pub/Sub topics, here "${attribute}"`,
        expected: 'a topic alone',
        mend: 'publish such messages to a topic of their own, or let the step pass the others by',
      },
      'key',
    );
  }
}

function refuseFilters(name: string, trigger: RawTrigger, type: EventType, report: Report): void {
  if (trigger.topic !== undefined) {
    const what = `events of the type ${trigger.event} come from no topic`;
    report([name, 'topic'], { what, mend: 'take topic out' }, 'key');
  }
  const where = trigger.where ?? {};
  for (const [attribute, rule] of Object.entries(type.attributes)) {
    if (rule.required && rule.default === undefined && where[attribute] === undefined) {
      const what = `"${name}" has no filter on ${attribute}, which Eventarc requires for ${trigger.event}`;
      report([name], { what, mend: `add where: { ${attribute}: … }` }, 'key');
    }
  }
  for (const [attribute, value] of Object.entries(where)) {
    const rule = Object.hasOwn(type.attributes, attribute) ? type.attributes[attribute] : undefined;
    if (rule === undefined) refuseAttribute(name, attribute, trigger, type, report);
    else refuseValue(name, attribute, value, rule, report);
  }
}

function refuseAttribute(
  name: string,
  attribute: string,
  trigger: RawTrigger,
  type: EventType,
  report: Report,
): void {
  const known = Object.keys(type.attributes);
  const guess = nearest(attribute, known);
  report(
    [name, 'where', attribute],
    {
      what: `Eventarc cannot filter ${trigger.event} by "${attribute}"`,
      expected: known.length === 1 ? known.join() : `one of ${known.join(', ')}`,
      mend: guess === undefined ? 'take it out and let the step look at it' : `did you mean ${guess}?`,
    },
    'key',
  );
}

function refuseValue(
  name: string,
  attribute: string,
  value: string,
  rule: AttributeRule,
  report: Report,
): void {
  const path = [name, 'where', attribute];
  if (isPattern(value) && !rule.pathPattern) {
    report(path, {
      what: `Eventarc takes no path pattern on ${attribute}, here "${value}"`,
      expected: 'one exact value',
      mend: 'name one value, with a trigger for each, or let the step pass the others by',
    });
  } else if (attribute === 'document') {
    refusePattern(path, documentPatternProblem(value), report);
  } else if (isPattern(value)) {
    refusePattern(path, patternProblem(value), report);
  }
}

function refusePattern(path: readonly string[], what: string | undefined, report: Report): void {
  if (what === undefined) return;
  const expected =
    'segments between slashes: text, {name}, {name=*}, and at most one {name=**}, as in users/{user}/orders/{order}';
  report(path, { what, expected });
}

function patternProblem(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return (error as SyntaxError).message;
  }
}

/** Every Storage trigger costs its bucket a notification configuration, and those are few. */
export function refuseCrowdedBuckets(triggers: Raw, report: Report): void {
  const counts = new Map<string, number>();
  for (const [name, { event, where }] of Object.entries(triggers)) {
    const bucket = where?.['bucket'];
    if (bucket === undefined || event === undefined || EVENT_TYPES.get(event)?.source !== 'storage') continue;
    const key = JSON.stringify([event, bucket]);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count <= NOTIFICATIONS_PER_BUCKET) continue;
    report(
      [name],
      {
        what: `"${name}" is trigger number ${count} for ${event} on the bucket ${bucket}`,
        expected: `at most ${NOTIFICATIONS_PER_BUCKET} notification configurations for one event type on one bucket`,
        mend: 'let one step publish to a topic and wake the others by that',
      },
      'key',
    );
  }
}
