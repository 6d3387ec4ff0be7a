import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { formatProblem } from '../shared/yaml/checked.ts';
import { loadWiring } from './load.ts';
import type { Wiring } from './wiring.ts';
import { WiringError } from './wiring-error.ts';

const TRIGGERS = 'eventarc/triggers.yaml';
const TOPICS = 'eventarc/topics.yaml';
const READER = 'functions/reader/function.yaml';
const PUBLISHED = 'google.cloud.pubsub.topic.v1.messagePublished';
const FINALIZED = 'google.cloud.storage.object.v1.finalized';
const CREATED = 'google.cloud.firestore.document.v1.created';
const AUDIT = 'google.cloud.audit.log.v1.written';

const step = `description: Reads
memory: 256Mi
timeout: 60s
concurrency: 1
instances: { max: 2 }
roles:
  - { role: roles/storage.objectViewer, on: bucket:uploads }
guarantees:
  identity: { says: i, shownBy: &test { reader.test.ts: [reads] } }
  horizon: { says: h, shownBy: *test }
  ordering: { says: o, shownBy: *test }
  retry: { says: r, shownBy: *test }
  loss: { says: when the bucket is deleted, shownBy: *test }
`;

const shownBy = { 'reader.test.ts': ['reads'] };

const good: Readonly<Record<string, string>> = {
  [TRIGGERS]: `on-upload: { step: reader, event: ${FINALIZED}, where: { bucket: uploads } }
on-letters: { step: reader, event: ${PUBLISHED}, topic: dead-letters }
`,
  [TOPICS]: 'dead-letters: { description: What failed }\n',
  [READER]: step,
};

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function load(files: Readonly<Record<string, string>>): Wiring {
  const root = mkdtempSync(join(tmpdir(), 'wiring-'));
  folders.push(root);
  for (const [file, text] of Object.entries({ ...good, ...files })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return loadWiring(root);
}

function problemsOf(files: Readonly<Record<string, string>>): string[] {
  try {
    load(files);
  } catch (error) {
    if (error instanceof WiringError) return error.problems.map(formatProblem);
    throw error;
  }
  return [];
}

/** The good triggers, and one more on line 3. */
const trigger = (body: string) => ({ [TRIGGERS]: `${good[TRIGGERS]}more: { step: reader, ${body} }\n` });
const reader = (from: string | RegExp, to: string) => ({ [READER]: step.replace(from, to) });
/** Column in line 3 of a trigger's text, as `trigger` writes it. */
const column = (files: Readonly<Record<string, string>>, text: string) =>
  (files[TRIGGERS]?.split('\n')[2]?.indexOf(text) ?? Number.NaN) + 1;

describe('the wiring of this repository', () => {
  it('has a worker where a trigger says how it is pulled', () => {
    const published = `event: ${PUBLISHED}, topic: dead-letters`;
    const lines = ['a: { by: push, ', 'b: { by: pull, ', 'c: { by: streaming-pull, ordered: true, '];
    const { triggers } = load({
      [TRIGGERS]: `${good[TRIGGERS]}${lines.map(line => `${line}step: reader, ${published} }\n`).join('')}`,
    });
    const worker = { step: 'reader', kind: 'worker', topic: 'dead-letters' };
    const retry = { attempts: 10, minimumBackoff: 10, maximumBackoff: 600 };
    expect(triggers.slice(2)).toEqual([
      expect.objectContaining({ name: 'a', kind: 'eventarc' }),
      { ...worker, name: 'b', by: 'pull', ordered: false, retry },
      { ...worker, name: 'c', by: 'streaming-pull', ordered: true, retry },
    ]);
  });

  it('loads without a problem', () => {
    const wiring = loadWiring(fileURLToPath(new URL('..', import.meta.url)));
    expect(wiring.triggers.find(({ name }) => name === 'ingest-on-upload')).toEqual({
      name: 'ingest-on-upload',
      step: 'ingest',
      kind: 'eventarc',
      event: FINALIZED,
      where: [{ attribute: 'bucket', value: 'uploads', operator: 'exact' }],
      retry: { attempts: 10, minimumBackoff: 10, maximumBackoff: 600, deadLetterTopic: 'dead-letters' },
    });
    expect(wiring.triggers.find(({ name }) => name === 'tick-every-minute')).toEqual({
      name: 'tick-every-minute',
      step: 'tick',
      kind: 'schedule',
      schedule: '* * * * *',
      timeZone: 'Etc/UTC',
    });
    expect(wiring.topics.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['events-raw', 'events', 'dead-letters']),
    );
  });
});

describe('a wiring without a problem', () => {
  it('never sends dead letters back to the topic they came from', () => {
    const [, letters] = load({}).triggers;
    expect(letters).toEqual({
      name: 'on-letters',
      step: 'reader',
      kind: 'eventarc',
      event: PUBLISHED,
      topic: 'dead-letters',
      where: [],
      retry: { attempts: 10, minimumBackoff: 10, maximumBackoff: 600 },
    });
  });

  it('takes a retry policy per trigger', () => {
    const [, , more] = load(
      trigger(
        `event: ${AUDIT}, where: { serviceName: s, methodName: m, resourceName: 'p/*/d/{d}' }, retry: { attempts: 20, min: 30s, max: 5m }`,
      ),
    ).triggers;
    expect(more).toEqual({
      name: 'more',
      step: 'reader',
      kind: 'eventarc',
      event: AUDIT,
      where: [
        { attribute: 'serviceName', value: 's', operator: 'exact' },
        { attribute: 'methodName', value: 'm', operator: 'exact' },
        { attribute: 'resourceName', value: 'p/*/d/{d}', operator: 'match-path-pattern' },
      ],
      retry: { attempts: 20, minimumBackoff: 30, maximumBackoff: 300, deadLetterTopic: 'dead-letters' },
    });
  });

  it('takes patterns for documents and fills in the database', () => {
    const [, , more] = load(
      trigger(`event: ${CREATED}.withAuthContext, where: { document: 'alerts/{alert}' }`),
    ).triggers;
    expect(more).toMatchObject({
      where: [
        { attribute: 'database', value: '(default)', operator: 'exact' },
        { attribute: 'document', value: 'alerts/{alert}', operator: 'match-path-pattern' },
      ],
    });
    const [, , exact] = load(
      trigger(`event: ${CREATED}, where: { database: d, document: alerts/one }`),
    ).triggers;
    expect(exact).toMatchObject({
      where: [
        { attribute: 'database', value: 'd', operator: 'exact' },
        { attribute: 'document', value: 'alerts/one', operator: 'exact' },
      ],
    });
  });

  it('knows steps that HTTP, tasks and schedules wake', () => {
    const kinds = (body: string) => load(trigger(body)).triggers[2];
    expect(kinds('http: true')).toEqual({ name: 'more', step: 'reader', kind: 'http' });
    expect(kinds('queue: later')).toEqual({ name: 'more', step: 'reader', kind: 'task', queue: 'later' });
    expect(kinds('schedule: "*/5 9-17 * * 1-5", timeZone: Europe/Berlin')).toEqual({
      name: 'more',
      step: 'reader',
      kind: 'schedule',
      schedule: '*/5 9-17 * * 1-5',
      timeZone: 'Europe/Berlin',
    });
  });

  it('gives steps and topics in MiB and seconds, with what they left out', () => {
    const topics =
      'dead-letters: { description: What failed, retention: 7d }\nout: { description: O, readBy: a team }\n';
    const more = step
      .replace('256Mi', '2Gi')
      .replace(
        'roles:\n',
        'publishes: [out]\nwrites: ["a/{b}"]\nroles:\n  - { role: roles/pubsub.publisher, on: topic:out }\n  - { role: roles/datastore.user, on: project }\n',
      );
    const wiring = load({ [TOPICS]: topics, [READER]: more });
    expect(wiring.topics).toEqual([
      { name: 'dead-letters', description: 'What failed', retention: 604_800 },
      { name: 'out', description: 'O', retention: 0, readBy: 'a team' },
    ]);
    expect(wiring.steps).toEqual([
      {
        name: 'reader',
        description: 'Reads',
        memory: 2048,
        timeout: 60,
        concurrency: 1,
        instances: { min: 0, max: 2 },
        publishes: ['out'],
        writes: ['a/{b}'],
        roles: [
          { role: 'roles/pubsub.publisher', on: 'topic:out' },
          { role: 'roles/datastore.user', on: 'project' },
          { role: 'roles/storage.objectViewer', on: 'bucket:uploads' },
        ],
        environment: {},
        guarantees: {
          identity: { says: 'i', shownBy },
          horizon: { says: 'h', shownBy },
          ordering: { says: 'o', shownBy },
          retry: { says: 'r', shownBy },
          loss: { says: 'when the bucket is deleted', shownBy },
        },
      },
    ]);
  });

  it('does not ask for the code of a step, nor mind other folders', () => {
    expect(problemsOf({ 'functions/README.md': '', 'functions/draft/notes.txt': '' })).toEqual([]);
  });
});

/** What is wrong, the trigger's body, the text in line 3 of triggers.yaml where it is told ('more' for the name), and how. */
const refusedTriggers: [what: string, body: string, at: string, message: string][] = [
  [
    'an unknown event type',
    'event: google.cloud.pubsub.topic.v1.messagePublish',
    'google',
    `Eventarc delivers no events of the type "google.cloud.pubsub.topic.v1.messagePublish" to Millrace. Mend: did you mean ${PUBLISHED}?`,
  ],
  [
    'an attribute filter on a topic',
    `event: ${PUBLISHED}, topic: dead-letters, where: { kind: x }`,
    'kind',
    'Eventarc takes no attribute filters on Pub/Sub topics, here "kind". Expected a topic alone. Mend: publish such messages to a topic of their own, or let the step pass the others by.',
  ],
  [
    'a Pub/Sub trigger without a topic',
    `event: ${PUBLISHED}`,
    'more',
    '"more" names no topic. Mend: add topic: and one of topics.yaml.',
  ],
  [
    'a misspelt topic',
    `event: ${PUBLISHED}, topic: dead-leters`,
    'dead-leters',
    'there is no topic "dead-leters" in eventarc/topics.yaml. Mend: did you mean dead-letters?',
  ],
  [
    'a topic like no other',
    `event: ${PUBLISHED}, topic: results`,
    'results',
    'there is no topic "results" in eventarc/topics.yaml. Expected one of dead-letters.',
  ],
  [
    'a topic for Storage',
    `event: ${FINALIZED}, where: { bucket: uploads }, topic: dead-letters`,
    'topic:',
    `events of the type ${FINALIZED} come from no topic. Mend: take topic out.`,
  ],
  [
    'Storage without a bucket',
    `event: ${FINALIZED}`,
    'more',
    `"more" has no filter on bucket, which Eventarc requires for ${FINALIZED}. Mend: add where: { bucket: … }.`,
  ],
  [
    'audit logs without a method',
    `event: ${AUDIT}, where: { serviceName: s }`,
    'more',
    `"more" has no filter on methodName, which Eventarc requires for ${AUDIT}. Mend: add where: { methodName: … }.`,
  ],
  [
    'a path pattern on Storage',
    `event: google.cloud.storage.object.v1.deleted, where: { bucket: 'up{x}' }`,
    "'up",
    'Eventarc takes no path pattern on bucket, here "up{x}". Expected one exact value. Mend: name one value, with a trigger for each, or let the step pass the others by.',
  ],
  [
    'a path pattern on the database',
    `event: ${CREATED}, where: { database: '{d}' }`,
    "'{d",
    'Eventarc takes no path pattern on database, here "{d}". Expected one exact value. Mend: name one value, with a trigger for each, or let the step pass the others by.',
  ],
  [
    'a misspelt attribute',
    `event: ${CREATED}, where: { documnt: 'a/{b}' }`,
    'documnt',
    `Eventarc cannot filter ${CREATED} by "documnt". Expected one of database, namespace, document. Mend: did you mean document?`,
  ],
  [
    'an attribute that is none',
    `event: google.cloud.storage.object.v1.deleted, where: { bucket: uploads, prefix: a }`,
    'prefix',
    'Eventarc cannot filter google.cloud.storage.object.v1.deleted by "prefix". Expected bucket. Mend: take it out and let the step look at it.',
  ],
  [
    'an attribute named after what every object has',
    `event: ${CREATED}, where: { constructor: a }`,
    'constructor',
    `Eventarc cannot filter ${CREATED} by "constructor". Expected one of database, namespace, document. Mend: take it out and let the step look at it.`,
  ],
  [
    'a document path that ends on a collection',
    `event: ${CREATED}, where: { document: 'a/{b}/c' }`,
    "'a/",
    'the path "a/{b}/c" ends on a collection, not on a document. Expected segments between slashes: text, {name}, {name=*}, and at most one {name=**}, as in users/{user}/orders/{order}.',
  ],
  [
    'an exact document path that ends on a collection',
    `event: ${CREATED}, where: { document: alerts }`,
    'alerts',
    'the path "alerts" ends on a collection, not on a document. Expected segments between slashes: text, {name}, {name=*}, and at most one {name=**}, as in users/{user}/orders/{order}.',
  ],
  [
    'a malformed pattern',
    `event: ${CREATED}, where: { document: 'a/{b' }`,
    "'a/",
    'the pattern "a/{b" has a segment "{b" that is neither text nor one {name}. Expected segments between slashes: text, {name}, {name=*}, and at most one {name=**}, as in users/{user}/orders/{order}.',
  ],
  [
    'two ** in a pattern',
    `event: ${CREATED}, where: { document: '{a=**}/{b=**}' }`,
    "'{a",
    'the pattern "{a=**}/{b=**}" has more than one **. Expected segments between slashes: text, {name}, {name=*}, and at most one {name=**}, as in users/{user}/orders/{order}.',
  ],
  [
    'a malformed pattern for a resource',
    `event: ${AUDIT}, where: { serviceName: s, methodName: m, resourceName: 'a{b}' }`,
    "'a{",
    'the pattern "a{b}" has a segment "a{b}" that is neither text nor one {name}. Expected segments between slashes: text, {name}, {name=*}, and at most one {name=**}, as in users/{user}/orders/{order}.',
  ],
  [
    'a document path that begins with a slash',
    `event: ${CREATED}, where: { document: '/a/{b}' }`,
    "'/a",
    '"document" is "/a/{b}". Expected a document\'s path, or a pattern such as alerts/{alert}, without a slash at either end.',
  ],
  [
    'two databases for one trigger',
    `event: ${CREATED}, where: { database: [a, b] }`,
    '[a',
    '"database" is a list. Expected one text value. Mend: write a trigger of its own for each further value.',
  ],
  [
    'ordering',
    `event: ${PUBLISHED}, topic: dead-letters, ordering: true`,
    'ordering',
    '"ordering" is refused. Expected no order: Eventarc delivers in any. Mend: take it out and make the step independent of the order.',
  ],
  [
    'an order of what is pushed',
    `event: ${PUBLISHED}, topic: dead-letters, ordered: true`,
    'ordered',
    '"ordered" goes with a worker only: Eventarc delivers in any order. Mend: take it out and make the step independent of the order, or add by: streaming-pull.',
  ],
  [
    'a worker for what Eventarc alone delivers',
    `event: ${FINALIZED}, where: { bucket: uploads }, by: pull`,
    'pull',
    `"pull" is for messages of a topic; Eventarc alone delivers ${FINALIZED}. Mend: take by out.`,
  ],
  [
    'a way to consume that there is not',
    `event: ${PUBLISHED}, topic: dead-letters, by: polling`,
    'polling',
    '"by" is "polling". Expected one of push, pull, streaming-pull.',
  ],
  [
    'a way to consume what is no event',
    'http: true, by: pull',
    'by',
    '"by" goes with event only. Mend: take it out.',
  ],
  [
    'a trigger of no kind',
    'where: { bucket: uploads }',
    '{',
    '"more" fits none of its forms. Expected exactly one of event, schedule, http and queue beside step.',
  ],
  [
    'a trigger of two kinds',
    `schedule: "* * * * *", http: true`,
    '{',
    '"more" fits more than one of its forms. Expected exactly one of event, schedule, http and queue beside step.',
  ],
  [
    'a misspelt key',
    `event: ${PUBLISHED}, topik: dead-letters`,
    'topik',
    'unknown key "topik". Expected one of step, event, topic, by, ordered, where, retry, schedule, timeZone, http, queue. Mend: did you mean topic?',
  ],
  [
    'a filter on a schedule',
    `schedule: "* * * * *", where: { bucket: uploads }`,
    'where',
    '"where" goes with event only. Mend: take it out.',
  ],
  [
    'a time zone without a schedule',
    `http: true, timeZone: Etc/UTC`,
    'timeZone',
    '"timeZone" goes with schedule only. Mend: take it out.',
  ],
  [
    'a schedule of six fields',
    `schedule: "0 * * * * *"`,
    '"0',
    'the schedule "0 * * * * *" has not five fields. Expected five fields of Unix cron such as "*/5 * * * *".',
  ],
  [
    'a schedule with an impossible minute',
    `schedule: "61 * * * *"`,
    '"61',
    'the schedule "61 * * * *" is no cron: Invalid value for minute: 61. Expected five fields of Unix cron such as "*/5 * * * *".',
  ],
  [
    'a time zone that is none',
    `schedule: "* * * * *", timeZone: Europe/Berln`,
    'Europe',
    'there is no time zone "Europe/Berln". Expected an IANA name such as Etc/UTC or Europe/Berlin. Mend: did you mean Europe/Berlin?',
  ],
  [
    'an offset for a time zone',
    `schedule: "* * * * *", timeZone: "+02:00"`,
    '"+02',
    'there is no time zone "+02:00". Expected an IANA name such as Etc/UTC or Europe/Berlin.',
  ],
  [
    'too few attempts',
    `event: ${PUBLISHED}, topic: dead-letters, retry: { attempts: 4 }`,
    '4 }',
    '"attempts" is 4. Expected at least 5.',
  ],
  [
    'too many attempts',
    `event: ${PUBLISHED}, topic: dead-letters, retry: { attempts: 101 }`,
    '101',
    '"attempts" is 101. Expected at most 100.',
  ],
  [
    'a backoff that is too short',
    `event: ${PUBLISHED}, topic: dead-letters, retry: { min: 9s }`,
    '9s',
    '"min" is 9s. Expected a backoff from 10s to 600s.',
  ],
  [
    'a backoff that is too long',
    `event: ${PUBLISHED}, topic: dead-letters, retry: { max: 11m }`,
    '11m',
    '"max" is 11m. Expected a backoff from 10s to 600s.',
  ],
  [
    'a backoff that is no duration',
    `event: ${PUBLISHED}, topic: dead-letters, retry: { min: soon }`,
    'soon',
    '"soon" is no duration. Expected a whole number and one of the units s, m, h, d, such as 10s, 5m, 1h or 7d.',
  ],
  [
    'a least backoff over the longest',
    `event: ${PUBLISHED}, topic: dead-letters, retry: { min: 60s, max: 30s }`,
    '{ min',
    '"min" of 60 seconds is more than "max" of 30. Mend: let min be at most max.',
  ],
];

describe('a trigger is refused, with its place, for', () => {
  it.each(refusedTriggers)('%s', (_, body, at, message) => {
    const files = trigger(body);
    const where = at === '{' ? column(files, '{') : at === 'more' ? 1 : column(files, at);
    expect(problemsOf(files)).toEqual([`${TRIGGERS}:3:${where}: ${message}`]);
  });

  it('a misspelt step', () => {
    const text = `${good[TRIGGERS]}more: { step: raeder, http: true }\n`;
    expect(problemsOf({ [TRIGGERS]: text })).toEqual([
      `${TRIGGERS}:3:15: there is no step "raeder". Mend: did you mean reader?`,
    ]);
  });

  it('a step that nobody has written', () => {
    const text = `${good[TRIGGERS]}more: { step: transcode, http: true }\n`;
    expect(problemsOf({ [TRIGGERS]: text })).toEqual([
      `${TRIGGERS}:3:15: there is no step "transcode". Expected one of reader. Mend: add functions/transcode/function.yaml.`,
    ]);
  });

  it('no step at all', () => {
    expect(problemsOf({ [TRIGGERS]: `${good[TRIGGERS]}more: { http: true }\n` })).toEqual([
      `${TRIGGERS}:3:1: "more" has no "step". Mend: add the key step.`,
    ]);
  });

  it('a name that the cloud does not take', () => {
    expect(problemsOf({ [TRIGGERS]: `${good[TRIGGERS]}On_More: { step: reader, http: true }\n` })).toEqual([
      `${TRIGGERS}:3:1: "On_More" is no valid name here. Expected a trigger's name of 1 to 63 lower-case letters, digits and hyphens that begins with a letter.`,
    ]);
  });

  it('a name that is taken', () => {
    expect(
      problemsOf({ [TRIGGERS]: `${good[TRIGGERS]}on-upload: { step: reader, http: true }\n` }),
    ).toContain(
      `${TRIGGERS}:3:1: the key "on-upload" stands here a second time (first on line 1). Mend: rename one of the two or take it out.`,
    );
  });

  it('being the eleventh for one event of one bucket', () => {
    const lines = Array.from(
      { length: 10 },
      (_, i) => `t${i}: { step: reader, event: ${FINALIZED}, where: { bucket: uploads } }\n`,
    );
    expect(problemsOf({ [TRIGGERS]: good[TRIGGERS] + lines.slice(1).join('') })).toEqual([]);
    expect(problemsOf({ [TRIGGERS]: good[TRIGGERS] + lines.join('') })).toEqual([
      `${TRIGGERS}:12:1: "t9" is trigger number 11 for ${FINALIZED} on the bucket uploads. Expected at most 10 notification configurations for one event type on one bucket. Mend: let one step publish to a topic and wake the others by that.`,
    ]);
  });

  it('a cron expression without quotes', () => {
    expect(
      problemsOf({ [TRIGGERS]: `${good[TRIGGERS]}more: { step: reader, schedule: * * * * * }\n` })[0],
    ).toMatch(
      /^eventarc\/triggers\.yaml:3:33: this is no YAML: .* Mend: put text that begins with \* in quotes\.$/,
    );
  });
});

const refusedSteps: [what: string, files: Record<string, string>, message: string][] = [
  [
    'too little memory',
    reader('256Mi', '64Mi'),
    '2:9: "memory" is 64Mi. Expected a size from 128Mi to 32Gi.',
  ],
  ['too much memory', reader('256Mi', '33Gi'), '2:9: "memory" is 33Gi. Expected a size from 128Mi to 32Gi.'],
  [
    'memory without a unit',
    reader('256Mi', '256'),
    '2:9: "memory" is a number (256). Expected a size from 128Mi to 32Gi such as 512Mi or 2Gi.',
  ],
  [
    'memory in another unit',
    reader('256Mi', '256MB'),
    '2:9: "memory" is "256MB". Expected a size from 128Mi to 32Gi such as 512Mi or 2Gi.',
  ],
  [
    'a timeout that events do not have',
    reader('60s', '541s'),
    '3:10: "timeout" is 541s. Expected 1s to 540s for a step woken by events.',
  ],
  [
    'no time at all',
    reader('60s', '0s'),
    '3:10: "timeout" is 0s. Expected 1s to 540s for a step woken by events.',
  ],
  [
    'a timeout that is no duration',
    reader('60s', 'long'),
    '3:10: "long" is no duration. Expected a whole number and one of the units s, m, h, d, such as 10s, 5m, 1h or 7d.',
  ],
  [
    'too much at once',
    reader('concurrency: 1', 'concurrency: 1001'),
    '4:14: "concurrency" is 1001. Expected at most 1000.',
  ],
  [
    'nothing at once',
    reader('concurrency: 1', 'concurrency: 0'),
    '4:14: "concurrency" is 0. Expected at least 1.',
  ],
  ['no instances', reader('max: 2', 'max: 0'), '5:19: "max" is 0. Expected at least 1.'],
  [
    'more instances at least than at most',
    reader('max: 2', 'min: 3, max: 2'),
    '5:12: "min" of 3 instances is more than "max" of 2. Mend: let min be at most max.',
  ],
  [
    'a role that grants too much',
    reader('roles/storage.objectViewer', 'roles/owner'),
    '7:13: "role" is "roles/owner". Expected a predefined role such as roles/datastore.user; owner, editor and viewer grant too much.',
  ],
  [
    'a role on nothing known',
    reader('bucket:uploads', 'folder:x'),
    '7:45: "on" is "folder:x". Expected project, self (its own account), bucket:NAME or topic:NAME with a logical name, or dataset:NAME of BigQuery.',
  ],
  [
    'a role on an unknown topic',
    reader('roles:\n', 'roles:\n  - { role: roles/pubsub.publisher, on: topic:dead-leters }\n'),
    '7:41: there is no topic "dead-leters" in eventarc/topics.yaml. Mend: did you mean dead-letters?',
  ],
  [
    'no role on the bucket it reads',
    reader('bucket:uploads', 'bucket:upload'),
    '6:1: uploads to the bucket uploads wake "reader", which has no role there. Mend: add { role: roles/storage.objectViewer, on: bucket:uploads }, or does the trigger mean upload?',
  ],
  [
    'an unknown topic to publish to',
    reader('roles:\n', 'publishes: [results]\nroles:\n  - { role: roles/pubsub.publisher, on: project }\n'),
    '6:13: there is no topic "results" in eventarc/topics.yaml. Expected one of dead-letters.',
  ],
  [
    'publishing without the role',
    reader('roles:\n', 'publishes: [dead-letters]\nroles:\n'),
    '6:13: "reader" publishes to dead-letters but has no role for it. Mend: add { role: roles/pubsub.publisher, on: topic:dead-letters } to roles.',
  ],
  [
    'writing without the role',
    reader('roles:\n', 'writes: ["a/{b}"]\nroles:\n'),
    '6:1: "reader" writes documents but has no role for it. Mend: add { role: roles/datastore.user, on: project } to roles.',
  ],
  [
    'writing to a collection',
    reader('roles:\n', 'writes: ["a/{b}/c"]\nroles:\n  - { role: roles/datastore.user, on: project }\n'),
    '6:10: the path "a/{b}/c" ends on a collection, not on a document. Expected a path such as windows/{pipeline}/panes/{id}.',
  ],
  [
    'a variable that the platform keeps',
    reader('roles:\n', 'environment: { PORT: "1" }\nroles:\n'),
    '6:16: "PORT" is no valid name here. Expected upper-case letters, digits and underscores; the platform keeps PORT, GOOGLE_CLOUD_PROJECT, GOOGLE_CLOUD_LOCATION and names that begin with K_, FUNCTION_ or X_GOOGLE_, the local suite those that end with _EMULATOR_HOST.',
  ],
  [
    'a variable that would have a deployed step believe an emulator',
    reader('roles:\n', 'environment: { FIREBASE_AUTH_EMULATOR_HOST: x }\nroles:\n'),
    '6:16: "FIREBASE_AUTH_EMULATOR_HOST" is no valid name here. Expected upper-case letters, digits and underscores; the platform keeps PORT, GOOGLE_CLOUD_PROJECT, GOOGLE_CLOUD_LOCATION and names that begin with K_, FUNCTION_ or X_GOOGLE_, the local suite those that end with _EMULATOR_HOST.',
  ],
  [
    'a variable that is no text',
    reader('roles:\n', 'environment: { LIMIT: 1 }\nroles:\n'),
    '6:23: "LIMIT" is a number (1). Expected text. Mend: put the value in quotes.',
  ],
  [
    'a promise that is missing',
    reader('  horizon: { says: h, shownBy: *test }\n', ''),
    '8:1: "guarantees" has no "horizon". Mend: add the key horizon.',
  ],
  ['a promise that is empty', reader('says: h', 'says: " "'), '10:20: "says" is " ". Expected a sentence.'],
  [
    'a promise that nothing shows',
    reader('horizon: { says: h, shownBy: *test }', 'horizon: h'),
    '10:12: "horizon" is text ("h"). Expected { says: a sentence, shownBy: { FILE.test.ts: [the names of tests] } }.',
  ],
  [
    'a promise that no test shows',
    reader('says: h, shownBy: *test', 'says: h, shownBy: { reader.ts: [reads] }'),
    '10:34: "reader.ts" is no valid name here. Expected the path of a test, such as functions/enrich/enrich.test.ts.',
  ],
  [
    'never losing anything without a reason',
    reader('when the bucket is deleted', 'Never.'),
    '13:17: "says" is "Never.". Expected when anything can be lost; never only together with the reason.',
  ],
  [
    'a key too many',
    reader('roles:\n', 'cpu: 1\nroles:\n'),
    '6:1: unknown key "cpu". Expected one of description, memory, timeout, concurrency, instances, roles, publishes, writes, environment, guarantees. Mend: take it out.',
  ],
  [
    'a key too few',
    reader('memory: 256Mi\n', ''),
    '1:1: the file has no "memory". Mend: add the key memory.',
  ],
];

describe('a step is refused, with its place, for', () => {
  it.each(refusedSteps)('%s', (_, files, message) => {
    expect(problemsOf(files)).toEqual([`${READER}:${message}`]);
  });

  it('being woken by nothing', () => {
    const idle = step.replace('bucket:uploads', 'project');
    expect(problemsOf({ 'functions/idle/function.yaml': idle })).toEqual([
      'functions/idle/function.yaml:1:1: nothing wakes the step "idle". Mend: add a trigger for it to eventarc/triggers.yaml.',
    ]);
  });

  it('a worker whose pool cannot bear the name of its trigger', () => {
    const long = `pull-${'x'.repeat(45)}`;
    const files = {
      [TRIGGERS]: `${good[TRIGGERS]}${long}: { step: reader, event: ${PUBLISHED}, topic: dead-letters, by: pull }\n`,
    };
    expect(problemsOf(files)).toEqual([
      `${TRIGGERS}:3:1: "${long}" has 50 characters, and its worker pool bears that name. Expected at most 49.`,
    ]);
  });

  it('a folder that cannot name a service', () => {
    const triggers = { [TRIGGERS]: `${good[TRIGGERS]}more: { step: Big_Step, http: true }\n` };
    expect(problemsOf({ ...triggers, 'functions/Big_Step/function.yaml': step })).toEqual([
      'functions/Big_Step/function.yaml:1:1: the folder functions/Big_Step cannot name a step. Expected 1 to 49 lower-case letters, digits and hyphens that begin with a letter. Mend: rename the folder.',
    ]);
  });

  it.each([
    ['http: true', '1h', '61m', '3600s', 'HTTP requests'],
    [`event: ${PUBLISHED}, topic: dead-letters, by: pull`, '1h', '61m', '3600s', 'a worker'],
    ['queue: q', '30m', '31m', '1800s', 'tasks'],
    ['schedule: "* * * * *"', '540s', '10m', '540s', 'a schedule'],
  ])('a timeout over what %s allows', (body, longest, tooLong, limit, by) => {
    const files = (timeout: string) => ({
      [TRIGGERS]: `${good[TRIGGERS]}more: { step: slow, ${body} }\n`,
      'functions/slow/function.yaml': step.replace('60s', timeout),
    });
    expect(problemsOf(files(longest))).toEqual([]);
    expect(problemsOf(files(tooLong))).toEqual([
      `functions/slow/function.yaml:3:10: "timeout" is ${tooLong}. Expected 1s to ${limit} for a step woken by ${by}.`,
    ]);
  });
});

it('the step that routes events may publish to the topics that take them, and no other step may', () => {
  const routed =
    'large: { description: L, routed: true, readBy: a team }\nout: { description: O, readBy: a team }\n';
  const wiring = load({
    [TOPICS]: `${good[TOPICS]}${routed}`,
    [TRIGGERS]: `${good[TRIGGERS]}more: { step: enrich, http: true }\n`,
    'functions/enrich/function.yaml': step.replace('bucket:uploads', 'project'),
  });
  expect(wiring.topics).toContainEqual({
    name: 'large',
    description: 'L',
    retention: 0,
    routed: true,
    readBy: 'a team',
  });
  expect(
    wiring.steps.map(({ name, publishes, roles }) => [name, publishes, roles.map(({ on }) => on)]),
  ).toEqual([
    ['enrich', ['large'], ['project', 'topic:large']],
    ['reader', [], ['bucket:uploads']],
  ]);
});

it('a topic that takes routes is refused where it would lead back', () => {
  const files = {
    [TOPICS]: `${good[TOPICS]}large: { description: L, routed: true }\n`,
    [TRIGGERS]: `${good[TRIGGERS]}again: { step: enrich, event: google.cloud.pubsub.topic.v1.messagePublished, topic: large }\n`,
    'functions/enrich/function.yaml': step.replace('bucket:uploads', 'project'),
  };
  expect(problemsOf(files)).toEqual([
    `${TOPICS}:2:26: what is routed to "large" would come back to enrich by the trigger again. Mend: take out one of the two.`,
  ]);
});

const refusedTopics: [what: string, more: string, message: string][] = [
  [
    'having no reader',
    'out: { description: O }',
    '2:1: no trigger reads the topic "out". Mend: add a trigger for it, say in readBy who else reads it, or take it out.',
  ],
  [
    'having no description',
    'out: { readBy: x }',
    '2:1: "out" has no "description". Mend: add the key description.',
  ],
  [
    'keeping messages too briefly',
    'out: { description: O, readBy: x, retention: 9m }',
    '2:46: the retention of "out" is 9m. Expected a time from 10m to 31d.',
  ],
  [
    'keeping messages too long',
    'out: { description: O, readBy: x, retention: 32d }',
    '2:46: the retention of "out" is 32d. Expected a time from 10m to 31d.',
  ],
  [
    'a retention that is no duration',
    'out: { description: O, readBy: x, retention: 1w }',
    '2:46: "1w" is no duration. Expected a whole number and one of the units s, m, h, d, such as 10s, 5m, 1h or 7d.',
  ],
  [
    "a name of Google's",
    'google-out: { description: O, readBy: x }',
    '2:1: "google-out" is no valid name here. Expected a topic\'s name of 3 to 63 lower-case letters, digits and hyphens that begins with a letter, but not with goog.',
  ],
];

describe('a topic is refused, with its place, for', () => {
  it.each(refusedTopics)('%s', (_, more, message) => {
    expect(problemsOf({ [TOPICS]: `${good[TOPICS]}${more}\n` })).toEqual([`${TOPICS}:${message}`]);
  });

  it('missing where dead letters should go', () => {
    const files = {
      [TRIGGERS]: `on-upload: { step: reader, event: ${FINALIZED}, where: { bucket: uploads } }\n`,
      [TOPICS]: 'letters: { description: L, readBy: x }\n',
    };
    expect(problemsOf(files)).toEqual([
      `${TRIGGERS}:1:1: there is no topic "dead-letters" for what triggers such as "on-upload" give up on. Mend: add dead-letters to eventarc/topics.yaml.`,
    ]);
  });
});

describe('a wiring with several problems', () => {
  it('names all of them at once, file by file and from top to bottom', () => {
    const problems = problemsOf({
      [TRIGGERS]: `on-upload: { step: reader, event: ${FINALIZED}, where: { bucket: uploads }, color: red }
on-letters: { step: reader, event: ${PUBLISHED}, topic: dead-letter }
`,
      [READER]: step.replace('60s', '1w').replace('256Mi', '1Mi'),
    });
    expect(problems.map(problem => problem.split(': ')[0])).toEqual([
      `${TRIGGERS}:1:${`on-upload: { step: reader, event: ${FINALIZED}, where: { bucket: uploads }, `.length + 1}`,
      `${TRIGGERS}:2:${`on-letters: { step: reader, event: ${PUBLISHED}, topic: `.length + 1}`,
      `${TOPICS}:1:1`,
      `${READER}:2:9`,
      `${READER}:3:10`,
    ]);
  });

  it('says so in one error, a line each', () => {
    expect(() => load({ [TOPICS]: '', [TRIGGERS]: '- 1\n' })).toThrow(
      `The wiring has 3 problems:
${TRIGGERS}:1:1: the file is a list. Expected one line per trigger: its name, then { step: …, event: … }.
${TOPICS}:1:1: the file is empty. Expected one line per topic: its name, then { description: … }.
${READER}:1:1: nothing wakes the step "reader". Mend: add a trigger for it to eventarc/triggers.yaml.`,
    );
  });
});
