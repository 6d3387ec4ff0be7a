import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CommandError, EXIT } from '../command.ts';
import { type Files, writeNew } from './files.ts';

const TRIGGERS = 'eventarc/triggers.yaml';
/** A step's function bears its name, so these cannot name a step. */
const RESERVED = new Set(
  `await break case catch class const continue debugger default delete do else enum export extends false finally for
  function if implements import in instanceof interface let new null package private protected public return static super
  switch this throw true try typeof undefined var void while with yield batch`.split(/\s+/),
);

/**
 * Makes a step that is woken by the batches of `events`, with a test that fails until it does something.
 * @returns what to do next, a line each
 * @throws CommandError for a name that cannot be one, or that is taken
 */
export function newStep(root: string, name: string): string[] {
  checkName(name);
  const trigger = `${name}-on-events`;
  const triggers = readFileSync(join(root, TRIGGERS), 'utf8');
  if (Object.hasOwn(parse(triggers) as object, trigger)) {
    throw new CommandError(`${TRIGGERS} has a trigger ${trigger} already; nothing was written.`);
  }
  writeNew(root, stepFiles(name));
  // Appended as text: whatever else stands there stays as somebody has laid it out.
  const line = `${trigger}: { step: ${name}, event: google.cloud.pubsub.topic.v1.messagePublished, topic: events }\n`;
  writeFileSync(join(root, TRIGGERS), `${triggers.replace(/\n*$/, '\n')}${line}`);
  return [
    `functions/${name}/${name}.test.ts  say what the step does; see it fail: npx vitest run functions/${name}`,
    `functions/${name}/${name}.ts       make it do that; index.ts beside it writes what comes of it`,
    `functions/${name}/function.yaml    what it needs (memory, roles, what it writes) and what it promises`,
    `${TRIGGERS}     its last line says what wakes it; change it if that is not events`,
    'build/wakers.ts, build/archives.test.ts  a line each: an event for the test of its archive, and the effect',
    'npm run docs                       draws it into docs/wiring.md',
  ];
}

function checkName(name: string): void {
  if (!/^[a-z](?:[a-z0-9-]{0,47}[a-z0-9])?$/.test(name) || name.includes('--')) {
    const expected = '1 to 49 lower-case letters, digits and single hyphens that begin with a letter';
    throw new CommandError(`"${name}" cannot name a step; expected ${expected}.`, EXIT.usage);
  }
  if (RESERVED.has(functionName(name))) {
    throw new CommandError(`"${name}" cannot name a step: it is a word of the language.`, EXIT.usage);
  }
}

/** Its name stands in the test and beside what the step promises. */
const PROOF = 'does something with each event of a batch';

const functionName = (name: string): string =>
  name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

function stepFiles(name: string): Files {
  const call = functionName(name);
  return {
    [`functions/${name}/${name}.ts`]: `import type { EventBatch } from '../../shared/batches/batch.ts';

/** What the step does with a batch: plain values in, plain values out. */
export function ${call}(_batch: EventBatch): string[] {
  return [];
}
`,
    [`functions/${name}/index.ts`]: `import { onBatch } from '../../shared/step/step.ts';
import { ${call} } from './${name}.ts';

onBatch('${name}', async (batch, { log }) => {
  for (const line of ${call}(batch)) log.info(line);
});
`,
    [`functions/${name}/${name}.test.ts`]: `import { expect, it } from 'vitest';
import type { EventBatch } from '../../shared/batches/batch.ts';
import { ${call} } from './${name}.ts';

const batch: EventBatch = {
  id: 'batch-1',
  pipeline: 'quakes',
  version: '0123456789abcdef',
  records: 1,
  events: [
    {
      specversion: '1.0',
      id: 'event-1',
      source: '/test',
      type: 'millrace.event',
      time: '2026-01-01T00:00:00.000Z',
      partitionkey: 'key',
      data: { value: 1 },
    },
  ],
};

it('${PROOF}', () => {
  const mend = 'say here what ${call}() makes of the batch, then make ${name}.ts do it';
  expect(${call}(batch), mend).toEqual(['something of event-1']);
});
`,
    [`functions/${name}/function.yaml`]: `# yaml-language-server: $schema=../../eventarc/schemas/function.schema.json
description: Does something with each event
memory: 256Mi
timeout: 60s
concurrency: 10
instances: { min: 0, max: 10 }
publishes: [dead-letters]
roles:
  - { role: roles/storage.objectViewer, on: bucket:pipelines }
  - { role: roles/pubsub.publisher, on: topic:dead-letters }
guarantees:
  identity: { says: A batch by its batchid, shownBy: &test { functions/${name}/${name}.test.ts: [${PROOF}] } }
  horizon: { says: "None is needed, it keeps nothing", shownBy: *test }
  ordering: { says: None is needed, shownBy: *test }
  retry: { says: The whole batch again, shownBy: *test }
  loss: { says: A batch that fails every attempt is a dead letter, shownBy: *test }
`,
  };
}
