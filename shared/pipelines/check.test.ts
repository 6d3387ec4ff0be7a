import { describe, expect, it } from 'vitest';
import { faultsOf, HEAD, TABLE } from './testkit.ts';

const OPERATORS = 'at-least, more-than, at-most, less-than, equals, silent-for';
const FIELDS = 'at, name, size, tags';
const JOIN = 'join: [{ reference: places, column: code, on: name, as: place }]\n';
const LEVEL = 'windows: { w: { size: 1m, values: { s: size } } }\nalerts: { big: { window: w,';
const told = (more: string) => faultsOf({ 'p.yaml': HEAD + more, ...TABLE });

describe('a mistake in a pipeline is told with its place, what was expected and how to mend it', () => {
  it.each([
    // Keys and values that the schema knows.
    [
      'window: {}\n',
      '5:1: unknown key "window". Expected one of description, schema, id, horizon, time, key, join, interval-join, windows, alerts, routes, warehouse, feed, examples. Mend: did you mean windows?',
    ],
    [
      'examples: [{ given: {}, then: { alert: [] } }]\n',
      '5:33: unknown key "alert". Expected one of id, key, time, data, rejected, alerts, routes, windows. Mend: did you mean alerts?',
    ],
    [
      'windows: { w: { size: 1 hour } }\n',
      '5:23: "size" is "1 hour". Expected a whole number and a unit, such as 30s, 5m, 1h or 7d',
    ],
    [
      'windows: { W: { size: 1h } }\n',
      '5:12: "W" is no valid name here. Expected a name of lower-case letters, digits and dashes',
    ],
    [
      'windows: { w: { size: 1h, values: { count: size } } }\n',
      '5:37: "count" is refused. Expected a name in camelCase other than count',
    ],
    // Durations.
    ['windows: { w: { size: 0s } }\n', '5:23: "size" is "0s". Expected at least 1s and at most 3650d'],
    ['feed: { keep: 999999999d }\n', '5:15: "keep" is "999999999d". Expected at least 1s and at most 3650d'],
    // Kinds of windows.
    [
      'windows: { w: { lateness: 1h } }\n',
      '5:15: "w" lacks a key. Expected exactly one of size, session, global. Mend: add one, such as size',
    ],
    [
      'windows: { w: { size: 1h, session: 5m } }\n',
      '5:15: "w" has size and session. Expected exactly one of size, session, global. Mend: take out all but one',
    ],
    [
      'windows: { w: { size: 1h, every: 2h } }\n',
      '5:34: "every" is 2h, so that no window takes what lies between. Expected at most the size, 1h',
    ],
    [
      'windows: { w: { size: 1d, every: 1m } }\n',
      '5:34: a window of 1d every 1m is kept in 1440 pieces. Expected at most 288. Mend: choose a longer "every" that the size is a multiple of',
    ],
    [
      'windows: { w: { size: 1h, every: 5m, early: { count: 3 } } }\n',
      '5:47: an event counts in several sliding windows, so none is shown by their number. Mend: use early.every',
    ],
    [
      'windows: { w: { size: 1h, every: 5m, panes: discarding } }\n',
      '5:45: what a sliding window counts belongs to others too, so a pane cannot discard it. Expected accumulating. Mend: take it out',
    ],
    [
      'windows: { w: { session: 5m, early: { every: 1m } } }\n',
      '5:30: sessions are shown when they end. Mend: take it out',
    ],
    [
      'windows: { w: { session: 5m, values: { start: size } } }\n',
      '5:40: a session says its own "start". Mend: choose another name',
    ],
    [
      'windows: { w: { global: true } }\n',
      '5:12: the global window never ends, so without "early" nobody sees it. Mend: add early, such as early: { every: 1m }',
    ],
    [
      'windows: { w: { global: true, early: { every: 1m }, lateness: 1h } }\n',
      '5:53: the global window never ends. Mend: take it out',
    ],
    [
      'windows: { w: { session: 5m } }\nalerts: { big: { window: w, measure: count, at-least: 1, title: t } }\n',
      '6:26: sessions follow each other at no fixed pace, so a level could not be followed from one to the next. Expected a tumbling or sliding window whose panes accumulate. Mend: give the alert a window of its own',
    ],
    [
      'windows: { w: { size: 5m, panes: discarding } }\nalerts: { big: { window: w, measure: count, at-least: 1, title: t } }\n',
      '6:26: each pane of the window holds a part of it only. Expected a tumbling or sliding window whose panes accumulate. Mend: give the alert a window of its own',
    ],
    // Exactly one comparison.
    [
      'alerts: { big: { field: size, title: t } }\n',
      `5:16: "big" lacks a key. Expected exactly one of ${OPERATORS}. Mend: add one, such as at-least`,
    ],
    [
      'alerts: { big: { field: size, at-least: 1, equals: 2, title: t } }\n',
      `5:16: "big" has at-least and equals. Expected exactly one of ${OPERATORS}. Mend: take out all but one`,
    ],
    [
      'alerts: { mute: { field: size, silent-for: 5m, title: t } }\n',
      '5:11: "mute" has field and silent-for. Expected exactly one of field, window, silent-for. Mend: take out all but one',
    ],
    [
      'alerts: { mute: { silent-for: 5m, title: "{value}" } }\n',
      '5:42: an alert with silent-for has no place {value}. Expected one of key, since',
    ],
    [
      'alerts: { mute: { silent-for: 0s, title: t } }\n',
      '5:31: "silent-for" is "0s". Expected at least 1s and at most 3650d',
    ],
    // Rules on fields and on windows.
    [
      'alerts: { big: { at-least: 1, title: t } }\n',
      '5:11: "big" lacks a key. Expected exactly one of field, window, silent-for. Mend: add one',
    ],
    [
      'alerts: { big: { field: size, at-least: 1, title: t, for: 3m } }\n',
      '5:54: "for" goes with window only. Mend: take it out',
    ],
    [
      'alerts: { big: { window: w, measure: count, at-least: 1, title: t } }\n',
      '5:26: there is no window "w". Mend: add it',
    ],
    [
      `${LEVEL} at-least: 1, title: t } }\n`,
      '6:11: "big" has no "measure". Mend: add the key measure, such as count or share',
    ],
    [
      `${LEVEL} measure: s.maen, at-least: 1, title: t } }\n`,
      '6:38: the window has nothing to measure by "s.maen". Expected one of count, share, s.sum, s.min, s.max, s.mean. Mend: did you mean s.mean?',
    ],
    [
      `${LEVEL} measure: t.mean, at-least: 1, title: t } }\n`,
      '6:38: the window has nothing to measure by "t.mean". Expected one of count, share, s.sum, s.min, s.max, s.mean. Mend: did you mean s.mean?',
    ],
    [
      `${LEVEL} measure: count, equals: 1, title: t } }\n`,
      '6:45: a level equals a number only by chance. Mend: use at-least, more-than, at-most or less-than',
    ],
    [
      `${LEVEL} measure: count, at-least: 1, clear: 2, title: t } }\n`,
      '6:65: "clear" is 2. Expected at most 1, since the alert opens by at-least 1',
    ],
    [
      `${LEVEL} measure: count, less-than: 2, clear: 1, title: t } }\n`,
      '6:66: "clear" is 1. Expected at least 2, since the alert opens by less-than 2',
    ],
    [
      `${LEVEL} measure: count, at-least: 1, escalate: { after: 1m, severity: info }, title: t } }\n`,
      '6:91: the alert escalates from warning to info. Expected a higher severity',
    ],
    [
      `${LEVEL} measure: count, at-least: 1, title: "{kye}" } }\n`,
      `6:65: an alert with window has no place {kye}. Expected one of key, value, threshold, window. Mend: did you mean key?`,
    ],
    // Measures.
    [
      'windows: { w: { size: 1h, measures: { n: { distinct: nmae } } } }\n',
      `5:54: nmae: the record's schema declares no "nmae" under schema.properties. Expected one of ${FIELDS}. Mend: did you mean name?`,
    ],
    [
      'windows: { w: { size: 1h, measures: { n: { quantiles: name } } } }\n',
      '5:55: name is text. Expected a number',
    ],
    [
      'windows: { w: { size: 1h, measures: { n: { distinct: name, at: [p50] } } } }\n',
      '5:60: "at" goes with quantiles only. Mend: take it out',
    ],
    [
      'windows: { w: { size: 1h, measures: { n: { quantiles: size, at: [p5] } } } }\n',
      '5:66: "0" is "p5". Expected a quantile by its digits, such as p50, p99 or p999',
    ],
    [
      'windows: { w: { size: 1h, measures: { n: { histogram: size } } } }\n',
      '5:39: "n" has no "bounds". Mend: add bounds, such as [0, 10, 100]',
    ],
    [
      'windows: { w: { size: 1h, measures: { n: { histogram: size, bounds: [1, 3, 3] } } } }\n',
      '5:76: 3 comes after 3. Expected bounds that rise',
    ],
    [
      'windows: { w: { size: 1h, measures: { n: { decay: 1, half-life: 0s } } } }\n',
      '5:65: "half-life" is "0s". Expected at least 1s and at most 3650d',
    ],
    [
      'windows: { w: { size: 1h, values: { n: size }, measures: { n: { rate: 1 } } } }\n',
      '5:60: "n" is among the values already. Mend: give one of the two another name',
    ],
    [
      'windows: { w: { size: 1h, measures: { n: { rate: 2 } } } }\n',
      '5:50: "rate" is 2. Expected a path into the record like properties.mag, or 1 to count events',
    ],
    [
      `windows: { w: { size: 1m, measures: { l: { quantiles: size, at: [p99] } } } }\nalerts: { big: { window: w, measure: l.p90, at-least: 1, title: t } }\n`,
      '6:38: the window has nothing to measure by "l.p90". Expected one of count, share, l.sum, l.min, l.max, l.mean, l.p99. Mend: did you mean l.p99?',
    ],
    // Conditions and ranks.
    [
      'windows: { w: { size: 1h, filter: data.sise > 3 } }\n',
      `5:40: there is no field "sise". Expected one of ${FIELDS}. Mend: did you mean size?`,
    ],
    [
      'windows: { w: { size: 1h, filter: "size > 3" } }\n',
      '5:36: there is no "size". Expected one of data, key, time, source, id',
    ],
    [
      'windows:\n  w:\n    size: 1h\n    filter: >\n      data.size > 3\n      && data.name > 4\n',
      '10:10: > does not go with text and a number. Expected two of one kind',
    ],
    [
      `${JOIN}windows: { w: { size: 1h, filter: data.place.twon == "x" } }\n`,
      '6:46: there is no field "twon". Expected one of code, town, country. Mend: did you mean town?',
    ],
    [
      'windows: { w: { size: 1h, values: { s: size }, having: "s.maen > 3" } }\n',
      '5:59: there is no field "maen". Expected one of count, missing, sum, min, max, mean. Mend: did you mean mean?',
    ],
    [
      'windows: { w: { size: 1h, measures: { s: { quantiles: size, at: [p99] } }, having: s.p99 > 3 && data.size > 3 } }\n',
      '5:97: there is no "data". Expected one of key, count, s',
    ],
    [
      'windows: { w: { size: 1h, measures: { heat: { decay: 1 } }, top: { by: heat } } }\n',
      '5:72: the window has nothing to rank keys by "heat". Expected one of count, heat.value',
    ],
    [
      'windows: { w: { size: 1h, top: { by: coutn } } }\n',
      '5:38: the window has nothing to rank keys by "coutn". Expected one of count. Mend: did you mean count?',
    ],
    [
      'windows: { w: { size: 1m, having: count > 3 } }\nalerts: { big: { window: w, measure: count, at-least: 1, title: t } }\n',
      '6:26: the window shows only some keys ("having"), so an alert might never close. Expected a window that shows all. Mend: give the alert a window of its own',
    ],
    [
      'windows: { w: { size: 1m, measures: { key: { last: name } }, having: count > 3 } }\n',
      '5:39: "key" is what "having" calls the key itself. Mend: give it another name',
    ],
    [
      'windows: { w: { size: 1m, having: "end != null" } }\n',
      '5:36: there is no "end". Expected one of key, count',
    ],
    [
      'routes: { large: data.sise > 3 }\n',
      `5:23: there is no field "sise". Expected one of ${FIELDS}. Mend: did you mean size?`,
    ],
    // Paths.
    [
      'id: nmae\n',
      `5:5: nmae: the record's schema declares no "nmae" under schema.properties. Expected one of ${FIELDS}. Mend: did you mean name?`,
    ],
    [
      'id: elsewhere\n',
      `5:5: elsewhere: the record's schema declares no "elsewhere" under schema.properties. Expected one of ${FIELDS}. Mend: declare elsewhere there`,
    ],
    [
      'windows: { w: { size: 1h, values: { w: "tags[0].wieght" } } }\n',
      '5:40: tags[0].wieght: the record\'s schema declares no "wieght" under schema.properties.tags.items.properties. Expected one of weight. Mend: did you mean weight?',
    ],
    ['id: a..b\n', '5:5: "id" is "a..b". Expected a path into the record like properties.mag or tags[0]'],
    ['id: size.big\n', '5:5: size.big: size is a number, with nothing inside'],
    ['id: "[0]"\n', '5:5: "id" is "[0]". Expected a path into the record like properties.mag or tags[0]'],
    ['id: tags\n', '5:5: tags is a list. Expected a number or text'],
    ['alerts: { big: { field: name, equals: 1, title: t } }\n', '5:25: name is text. Expected a number'],
    ['windows: { w: { size: 1h, values: { n: name } } }\n', '5:40: name is text. Expected a number'],
    [
      'alerts: { big: { field: size, equals: 1, title: "{nmae}" } }\n',
      `5:49: nmae: the record's schema declares no "nmae" under schema.properties. Expected one of ${FIELDS}. Mend: did you mean name?`,
    ],
    [
      'alerts: { big: { field: size, equals: 1, title: "a {} b" } }\n',
      '5:49: "" is no path; expected one like properties.mag or tags[0]',
    ],
    // Joins.
    [
      'join: [{ reference: place, column: code, on: name, as: place }]\n',
      '5:21: there is no pipelines/reference/place.csv. Expected one of places. Mend: did you mean places?',
    ],
    [
      'join: [{ reference: places, column: cod, on: name, as: place }]\n',
      '5:37: pipelines/reference/places.csv has no column "cod". Expected one of code, town, country. Mend: did you mean code?',
    ],
    [
      'join: [{ reference: places, column: code, on: name, as: size }]\n',
      '5:57: the record itself has a field "size" already. Mend: give the row a name of its own',
    ],
    [
      `${JOIN.replace(']\n', ', { reference: places, column: town, on: name, as: place }]')}\n`,
      '5:115: another join has a field "place" already. Mend: give the row a name of its own',
    ],
    [
      `${JOIN}windows: { w: { size: 1h, key: place.contry } }\n`,
      '6:32: place.contry: pipelines/reference/places.csv has no column "contry". Expected one of code, town, country. Mend: did you mean country?',
    ],
    [
      `${JOIN}windows: { w: { size: 1h, values: { n: place.town } } }\n`,
      '6:40: place.town is text, as all is in pipelines/reference/places.csv. Expected a number',
    ],
    [
      `${JOIN}windows: { w: { size: 1h, key: place.town.part } }\n`,
      '6:32: place.town.part: a cell of pipelines/reference/places.csv is text, with nothing inside',
    ],
    [
      `${JOIN}id: place.code\n`,
      '6:5: place.code is joined only after "id" has been read. Expected a path into the record as it comes in',
    ],
  ])('%s', (more, fault) => {
    const faults = told(more);
    expect(faults).toHaveLength(1);
    expect(faults[0]!.replace(/\.$/, '').replace(/\?\.?$/, '?')).toBe(`pipelines/p.yaml:${fault}`);
  });

  it('with the size of a reference file that would not fit into memory', () => {
    const places = { 'reference/places.csv': `code,town\n${'x'.repeat(16 * 1024 * 1024)},y\n` };
    expect(faultsOf({ 'p.yaml': HEAD + JOIN, ...places })).toEqual([
      'pipelines/p.yaml:5:21: pipelines/reference/places.csv cannot be read: it has 16777229 characters; at most 16777216 are taken.',
    ]);
  });

  it('with the line of a reference file that cannot be read', () => {
    const files = { 'p.yaml': HEAD + JOIN, 'reference/places.csv': 'code,town\nbe\n' };
    expect(faultsOf(files)).toEqual([
      'pipelines/p.yaml:5:21: pipelines/reference/places.csv cannot be read: line 2: has 1 column, the header has 2.',
    ]);
  });

  it('where there is no reference file at all', () => {
    expect(faultsOf({ 'p.yaml': HEAD + JOIN })).toEqual([
      'pipelines/p.yaml:5:21: there is no pipelines/reference/places.csv. Mend: add it.',
    ]);
  });
});

describe("a record's schema", () => {
  const withSchema = (schema: string) =>
    faultsOf({ 'p.yaml': `description: d\nschema: ${schema}\ntime: { field: at }\nkey: k\n` });

  it.each([
    ['{ type: objekt }', '2:17: "type" is "objekt". Expected one of array, .* did you mean object?'],
    ['{ properties: { at: { type: integr }, k: {} } }', '2:37: "type" is "integr". .* did you mean integer?'],
    ['{ requird: [at] }', '2:11: JSON Schema has no keyword "requird". Mend: did you mean required?'],
    [
      '{ properties: { at: { minimun: 1 }, k: {} } }',
      '2:31: JSON Schema has no keyword "minimun". Mend: did you mean minimum?',
    ],
    [
      '{ anyOf: [{ requird: [at] }] }',
      '2:21: JSON Schema has no keyword "requird". Mend: did you mean required?',
    ],
    ['{ required: at }', '2:21: "required" is text \\("at"\\). Expected a list'],
    ['{ properties: { at: 3, k: {} } }', '2:29: "at" is a number \\(3\\). Expected a map or true or false'],
    ['{ $ref: "#/$defs/none" }', "2:9: the record's schema cannot be used: can't resolve reference"],
    ['{ properties: { at: {}, k: { pattern: "(" } } }', "2:9: the record's schema cannot be used: Invalid"],
  ])('%s is told where it is none', (schema, fault) => {
    const faults = withSchema(schema);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^pipelines/p\\.yaml:${fault.replaceAll('?', '\\?')}`));
  });

  it.each([
    '{ $defs: { r: { properties: { at: {} } } }, $ref: "#/$defs/r" }',
    '{ anyOf: [{ properties: { at: {} } }], properties: { other: {} } }',
    '{ properties: { other: {} }, additionalProperties: true }',
    '{ properties: { at: true, k: {} } }',
    '{ properties: { at: { type: [integer, string] }, k: { format: email, x-note: kept } } }',
    'true',
  ])('%s leaves open what it does not say', schema => {
    expect(withSchema(schema).filter(line => !line.includes('"schema" is'))).toEqual([]);
  });
});
