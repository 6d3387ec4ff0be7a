import { triggerAccount } from '../../../eventarc/names.ts';
import type { EventarcTrigger, Filter } from '../../../eventarc/wiring.ts';
import type { EventarcTriggerBody } from '../api.ts';
import { type Case, locationOf, ofDocuments, type Place } from '../case.ts';
import { compare, type Finding } from '../finding.ts';
import { APPLY, APPLY_AND_DELIVER, replaceTrigger } from '../mends.ts';

export function checkTriggers({ wiring, place, answers }: Case): Finding[] {
  return wiring.triggers.flatMap((trigger): Finding[] => {
    if (trigger.kind !== 'eventarc') return [];
    const about = `trigger ${trigger.name}`;
    if (answers.isMissing('trigger', trigger.name)) {
      const what = `it is not there in ${locationOf(trigger, place)}: its events wake nothing`;
      return [{ severity: 'error', place: about, what, expected: 'a trigger', mend: APPLY_AND_DELIVER }];
    }
    const body = answers.get('trigger', trigger.name);
    if (body === undefined) return [];
    return [
      ...checkConditions(about, trigger, body),
      ...checkFilters(about, trigger, body, place),
      ...checkSettings(about, trigger, body, place),
    ];
  });
}

/** Conditions tell only of what is wrong. */
function checkConditions(about: string, { name }: EventarcTrigger, { conditions = {} }: EventarcTriggerBody) {
  return Object.entries(conditions).map(
    ([condition, { code, message }]): Finding => ({
      severity: 'error',
      place: about,
      what: `Eventarc says that it does not work: ${condition} (${code ?? 'no code'}) ${message ?? ''}`.trimEnd(),
      expected: 'no condition',
      mend: replaceTrigger(name),
    }),
  );
}

function checkFilters(
  about: string,
  { event, where }: EventarcTrigger,
  { eventFilters = [] }: EventarcTriggerBody,
  { project }: Place,
): Finding[] {
  const type: Filter = { attribute: 'type', value: event, operator: 'exact' };
  const expected = [type, ...where].map(filter =>
    filter.attribute === 'bucket' ? { ...filter, value: `${project}-${filter.value}` } : filter,
  );
  const told = { severity: 'error', place: about, mend: APPLY_AND_DELIVER } as const;
  const wrong = expected.flatMap((filter): Finding[] => {
    const { attribute, value, operator } = filter;
    const found = eventFilters.find(one => one.attribute === attribute);
    const says = found && textOf(found);
    if (says === textOf(filter)) return [];
    // The most silent of all mistakes deserves its own words.
    const dead = found?.value === value && operator === 'match-path-pattern' && !found.operator;
    const what = dead
      ? `its filter on ${attribute} lacks the operator match-path-pattern: the pattern is taken by the letter, and the trigger never fires`
      : `its filter on ${attribute} is ${says ?? 'not there'}: it wakes the step for other events than it should`;
    return [{ ...told, what, expected: textOf(filter) }];
  });
  const surplus = eventFilters
    .filter(({ attribute }) => !expected.some(one => one.attribute === attribute))
    .map(filter => ({
      ...told,
      what: `it filters by ${textOf(filter)}, which nothing asks for: other events are passed by`,
      expected: 'no such filter',
    }));
  return [...wrong, ...surplus];
}

const textOf = ({ attribute, value, operator }: { attribute: string; value: string; operator?: string }) =>
  `${attribute} = ${value}${operator === 'match-path-pattern' ? ' (match-path-pattern)' : ''}`;

function checkSettings(
  about: string,
  trigger: EventarcTrigger,
  { serviceAccount, destination, transport, eventDataContentType }: EventarcTriggerBody,
  { project, region }: Place,
): Finding[] {
  const { service, region: at } = destination?.cloudRun ?? {};
  return compare(about, [
    {
      name: 'destination',
      is: service && `${service} in ${at}`,
      expected: `${trigger.step} in ${region}`,
      so: 'its events go elsewhere',
      mend: APPLY,
    },
    {
      name: 'service account',
      is: serviceAccount,
      expected: triggerAccount(trigger.name, project),
      so: 'it calls the step as somebody who may not',
      mend: APPLY,
    },
    {
      name: 'content type',
      is: eventDataContentType ?? 'application/json',
      expected: ofDocuments(trigger) ? 'application/protobuf' : 'application/json',
      so: 'the step cannot read the events',
      mend: APPLY_AND_DELIVER,
    },
    ...(trigger.topic === undefined
      ? []
      : [
          {
            name: 'topic',
            is: transport?.pubsub?.topic,
            expected: `projects/${project}/topics/${trigger.topic}`,
            so: 'it reads other messages than it should',
            mend: APPLY_AND_DELIVER,
          },
        ]),
  ]);
}
