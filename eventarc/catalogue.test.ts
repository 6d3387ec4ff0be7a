import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from './catalogue.ts';
import functions from './schemas/function.schema.json' with { type: 'json' };
import topics from './schemas/topics.schema.json' with { type: 'json' };
import schema from './schemas/triggers.schema.json' with { type: 'json' };

const { event, where } = schema.$defs.trigger.properties;

describe('what editors suggest for triggers.yaml', () => {
  it('are event types that the loader takes', () => {
    expect(event.examples.filter(type => !EVENT_TYPES.has(type))).toEqual([]);
  });

  it('are exactly the attributes that some event can be filtered by', () => {
    const filterable = new Set(
      [...EVENT_TYPES.values()].flatMap(({ attributes }) => Object.keys(attributes)),
    );
    expect(Object.keys(where.properties).sort()).toEqual([...filterable].sort());
  });
});

describe('the schema', () => {
  it.each(Object.entries({ triggers: schema, topics, functions }))(
    'of %s is JSON Schema 2020-12',
    (_, one) => {
      const ajv = new Ajv2020({ strict: false });
      expect(ajv.validateSchema(one), ajv.errorsText()).toBe(true);
    },
  );
});
