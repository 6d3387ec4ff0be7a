import type { Fields } from '../../shared/events/firestore-values.ts';
import type { Write } from '../firestore/writes.ts';
import { ROOT } from './testing.ts';

/** A commit by the user `me`, and whether rules (within `match /databases/{db}/documents`) allow it. */
export interface CommitCase {
  readonly what: string;
  readonly rules: string;
  /** Documents that are there before. */
  readonly stored?: Readonly<Record<string, Fields>>;
  readonly writes: readonly Write[];
  readonly allowed: boolean;
}

const a = (value: number): Record<string, { integerValue: string }> => ({
  a: { integerValue: String(value) },
});
const set = (
  path: string,
  fields: Record<string, { integerValue: string }> = a(1),
  more: Partial<Write> = {},
): Write => ({
  update: { name: `${ROOT}/${path}`, fields },
  ...more,
});
const update = (path: string, fields = a(1)): Write =>
  set(path, fields, { updateMask: { fieldPaths: Object.keys(fields) }, currentDocument: { exists: true } });
const remove = (path: string): Write => ({ delete: `${ROOT}/${path}` });

const THERE = { 't/x': a(0) };
const rule = (methods: string, condition = 'true'): string =>
  `match /t/{id} { allow ${methods}: if ${condition}; }`;
const looks = (count: number): string =>
  Array.from({ length: count }, (_, i) => `!exists(/databases/$(db)/documents/q/$(id + '${i}'))`).join(
    ' && ',
  );
const three = [set('t/x'), set('t/y'), set('t/z')];

type Row = readonly [what: string, rules: string, writes: readonly Write[], stored?: CommitCase['stored']];

const ALLOWED: readonly Row[] = [
  ['a new document is created', rule('create'), [set('t/x')]],
  ['a set over a document updates it', rule('update'), [set('t/x')], THERE],
  ['an update of what is not there is an update', rule('update'), [update('t/x')]],
  [
    'a create of what is there is a create',
    rule('create'),
    [set('t/x', a(1), { currentDocument: { exists: false } })],
    THERE,
  ],
  ['what is not there is deleted', rule('delete', 'resource == null'), [remove('t/x')]],
  [
    'a delete leaves nothing',
    rule('delete', 'request.resource == null && resource.data.a == 0'),
    [remove('t/x')],
    THERE,
  ],
  [
    'a write that changes nothing is an update',
    rule('update', 'request.resource.data.diff(resource.data).affectedKeys().size() == 0'),
    [set('t/x', a(0))],
    THERE,
  ],
  [
    'a merge shows the whole document',
    rule('update', 'request.resource.data.a == 0 && request.resource.data.b == 2'),
    [update('t/x', { b: { integerValue: '2' } })],
    THERE,
  ],
  [
    'the server time is the time of the request',
    rule('create', 'request.resource.data.t == request.time'),
    [set('t/x', {}, { updateTransforms: [{ fieldPath: 't', setToServerValue: 1 }] })],
  ],
  [
    'an increment shows its sum',
    rule('update', 'request.resource.data.a == 5'),
    [
      set(
        't/x',
        {},
        {
          updateMask: { fieldPaths: [] },
          updateTransforms: [{ fieldPath: 'a', increment: { integerValue: '5' } }],
        },
      ),
    ],
    THERE,
  ],
  [
    'a document written twice is judged once, as it will be',
    rule('create', 'request.resource.data.a == 2'),
    [set('t/x'), set('t/x', a(2))],
  ],
  [
    'a document written twice is judged as it was before both',
    rule('update', 'resource.data.a == 0 && request.resource.data.a == 2'),
    [set('t/x'), set('t/x', a(2))],
    THERE,
  ],
  [
    'getAfter sees the other documents of a commit',
    `${rule('create', 'getAfter(/databases/$(db)/documents/u/y).data.a == 7')} match /u/{id} { allow create; }`,
    [set('t/x'), set('u/y', a(7))],
  ],
  [
    'exists sees what was there before, existsAfter what will be',
    `${rule('create', '!exists(/databases/$(db)/documents/u/y) && existsAfter(/databases/$(db)/documents/u/y)')} match /u/{id} { allow create; }`,
    [set('u/y', a(7)), set('t/x')],
  ],
  [
    'getAfter sees the document itself',
    rule('create', 'getAfter(/databases/$(db)/documents/t/$(id)).data.a == 1'),
    [set('t/x')],
  ],
  [
    'existsAfter sees what a commit deletes',
    `${rule('create', '!existsAfter(/databases/$(db)/documents/u/y) && exists(/databases/$(db)/documents/u/y)')} match /u/{id} { allow delete; }`,
    [set('t/x'), remove('u/y')],
    { 'u/y': a(0) },
  ],
  [
    'the method is the one that happens',
    rule('write', "request.method == 'create' && request.path == /databases/(default)/documents/t/x"),
    [set('t/x')],
  ],
  [
    'the new document has its name',
    rule(
      'write',
      "request.resource.id == 'x' && request.resource.__name__ == /databases/(default)/documents/t/x",
    ),
    [set('t/x')],
  ],
  ['a new document has none before it', rule('write', 'resource == null'), [set('t/x')]],
  ['six documents for each of three are looked at', rule('create', looks(6)), three],
  ['ten documents for one are looked at', rule('create', looks(10)), [set('t/x')]],
  ['nothing is asked for', rule('get'), []],
];

const DENIED: readonly Row[] = [
  ['a new document is not updated', rule('update'), [set('t/x')]],
  ['a set over a document does not create it', rule('create'), [set('t/x')], THERE],
  ['an update of what is not there is no create', rule('create'), [update('t/x')]],
  ['whether a document is there is not told by a denied update', rule('get'), [update('t/x')]],
  ['nor by a denied create', rule('get'), [set('t/x', a(1), { currentDocument: { exists: false } })], THERE],
  ['nor by a denied delete', rule('get'), [remove('t/x')]],
  [
    'a document written twice is not judged as it is in between',
    rule('create', 'request.resource.data.a == 1'),
    [set('t/x'), set('t/x', a(2))],
  ],
  ['one denied write denies all', rule('write'), [set('t/x'), set('q/y')]],
  ['a delete has no new document', rule('delete', "!('resource' in request)"), [remove('t/x')], THERE],
  ['seven documents for each of three are too many', rule('create', looks(7)), three],
  ['eleven documents for one are too many', rule('create', looks(11)), [set('t/x')]],
];

const caseOf =
  (allowed: boolean) =>
  ([what, rules, writes, stored]: Row): CommitCase => ({
    what,
    rules,
    writes,
    allowed,
    ...(stored && { stored }),
  });

export const COMMITS: readonly CommitCase[] = [...ALLOWED.map(caseOf(true)), ...DENIED.map(caseOf(false))];
