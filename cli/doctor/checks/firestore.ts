import type { Index } from '../api.ts';
import type { Case, FieldName } from '../case.ts';
import { compare, type Finding } from '../finding.ts';
import { APPLY } from '../mends.ts';

const DATABASE = '(default)';

export function checkFirestore(one: Case): Finding[] {
  const { answers, place } = one;
  if (answers.isMissing('database', DATABASE)) {
    const what = `the project has no database ${DATABASE}: every step that writes results fails`;
    return [{ severity: 'error', place: 'database', what, expected: 'a database', mend: APPLY }];
  }
  const database = answers.get('database', DATABASE);
  if (database === undefined) return [];
  return [
    ...compare('database', [
      {
        name: 'type',
        is: database.type,
        expected: 'FIRESTORE_NATIVE',
        so: 'it has neither listeners nor triggers',
        mend: `gcloud firestore databases update --database='${DATABASE}' --type=firestore-native --project=${place.project}   # it must be empty`,
      },
    ]),
    ...checkIndexes(one),
    ...checkTtl(one),
    ...checkUnindexed(one),
  ];
}

/** projects/P/databases/D/collectionGroups/COLLECTION/(indexes|fields)/NAME */
function partsOf(name: string): FieldName {
  const [, , , , , collection = '', , field = ''] = name.split('/');
  return { collection, field };
}

function checkIndexes({ firestore, answers }: Case): Finding[] {
  const indexes = answers.get('indexes', DATABASE);
  if (indexes === undefined) return [];
  return firestore.indexes.flatMap(({ collection, fields }): Finding[] => {
    const index = indexes.find(
      found => partsOf(found.name).collection === collection && covers(found, fields),
    );
    const about = `index of ${collection} on ${fields.join(', ')}`;
    if (index?.state === 'READY') return [];
    const told = { place: about, expected: 'READY', mend: APPLY };
    if (index?.state === 'CREATING') {
      const mend = 'gcloud firestore operations list   # nothing but patience';
      return [
        { ...told, severity: 'warning', what: 'it is still being built: queries fail until then', mend },
      ];
    }
    const what = `it is ${index?.state ?? 'not there'}: queries that need it fail`;
    return [{ ...told, severity: 'error', what }];
  });
}

/** An order, as terraform/firestore.yaml writes it behind the field; other values are no orders, as of arrays. */
const ORDERS: Readonly<Record<string, string>> = { ASCENDING: '', DESCENDING: ' desc' };

/** Google adds the document's name to the fields of an index by itself. */
function covers({ fields = [], queryScope = 'COLLECTION' }: Index, wanted: readonly string[]): boolean {
  const named = fields.filter(({ fieldPath }) => fieldPath !== '__name__');
  return (
    queryScope === 'COLLECTION' &&
    named.length === wanted.length &&
    named.every(({ fieldPath, order = '' }, at) => `${fieldPath}${ORDERS[order]}` === wanted[at])
  );
}

const sameField =
  ({ collection, field }: FieldName) =>
  ({ name }: { readonly name: string }): boolean => {
    const found = partsOf(name);
    return found.collection === collection && found.field === field;
  };

function checkTtl({ firestore, answers }: Case): Finding[] {
  const fields = answers.get('fields', DATABASE);
  if (fields === undefined) return [];
  return firestore.ttl.flatMap(({ collection, field }): Finding[] => {
    const state = fields.find(sameField({ collection, field }))?.ttlConfig?.state;
    if (state === 'ACTIVE') return [];
    const told = {
      severity: 'warning',
      place: `TTL of ${collection} by ${field}`,
      expected: 'ACTIVE',
    } as const;
    return state === 'CREATING'
      ? [
          {
            ...told,
            what: 'it is still being set up: expired documents stay until then',
            mend: 'gcloud firestore operations list   # nothing but patience',
          },
        ]
      : [
          {
            ...told,
            what: `it is ${state ?? 'not there'}: documents stay for ever, at a price`,
            mend: APPLY,
          },
        ];
  });
}

function checkUnindexed({ firestore, answers }: Case): Finding[] {
  const fields = answers.get('fields', DATABASE);
  if (fields === undefined) return [];
  return [...firestore.unindexed, ...firestore.ttl].flatMap(({ collection, field }): Finding[] => {
    const config = fields.find(sameField({ collection, field }))?.indexConfig;
    if (config && !config.usesAncestorConfig && (config.indexes ?? []).length === 0) return [];
    return [
      {
        severity: 'warning',
        place: `field ${field} of ${collection}`,
        what: 'it has an index that nobody queries: writes cost more, and large values are refused',
        expected: 'no index',
        mend: APPLY,
      },
    ];
  });
}
