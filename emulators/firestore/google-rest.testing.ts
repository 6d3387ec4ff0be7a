const DATABASE = 'projects/demo-same/databases/(default)';
const ROOT = `${DATABASE}/documents`;
const v = (value: object): object => ({ fields: { v: value } });
const update = (id: string, more: object = {}): object => ({
  writes: [{ update: { name: `${ROOT}/rest/${id}` }, ...more }],
});
const query = (structuredQuery: object): object => ({ structuredQuery });
const rest = { from: [{ collectionId: 'rest' }] };

const VALUES: readonly object[] = [
  { integerValue: '1' },
  { integerValue: 2 },
  { doubleValue: 'NaN' },
  { doubleValue: 'Infinity' },
  { doubleValue: -0 },
  { doubleValue: 1e21 },
  { doubleValue: 5 },
  { booleanValue: false },
  { stringValue: '' },
  { nullValue: null },
  { nullValue: 'NULL_VALUE' },
  { timestampValue: '2026-01-31T12:00:00.123456789+01:00' },
  { timestampValue: '2026-01-31T12:00:00Z' },
  { bytesValue: 'AQI=' },
  { geoPointValue: { latitude: 1 } },
  { referenceValue: `${ROOT}/x/y` },
  { arrayValue: {} },
  { mapValue: {} },
  { mapValue: { fields: { a: { arrayValue: { values: [{ stringValue: 'ü' }] } } } } },
];

/** Requests in an order in which each meets what those before it have left: method, path below /v1/, body. */
export const REQUESTS: readonly (readonly [method: string, path: string, body?: unknown])[] = [
  ...VALUES.map((value, i) => ['PATCH', `${ROOT}/rest/v${i}`, v(value)] as const),
  ['PATCH', `${ROOT}/rest/a?updateMask.fieldPaths=w&currentDocument.exists=true`, v({ stringValue: 'w' })],
  ['PATCH', `${ROOT}/rest/v0?updateMask.fieldPaths=w`, { fields: { w: { stringValue: 'ü' } } }],
  ['GET', `${ROOT}/rest/v0`],
  ['GET', `${ROOT}/rest/v0?mask.fieldPaths=w`],
  ['GET', `${ROOT}/rest/missing`],
  ['GET', `${ROOT}/rest?pageSize=2`],
  ['GET', `${ROOT}/rest?pageSize=3&orderBy=v`],
  ['GET', `${ROOT}/none`],
  ['POST', `${ROOT}/rest?documentId=v0`, v({ integerValue: '1' })],
  ['POST', `${ROOT}/rest?documentId=made`, v({ integerValue: '1' })],
  ['DELETE', `${ROOT}/rest/made`],
  ['DELETE', `${ROOT}/rest/made?currentDocument.exists=true`],
  ['POST', `${ROOT}:batchGet`, { documents: [`${ROOT}/rest/v0`, `${ROOT}/rest/missing`] }],
  ['POST', `${ROOT}:batchGet`, { documents: [`${ROOT}/rest/v0`], mask: { fieldPaths: ['w'] } }],
  [
    'POST',
    `${ROOT}:commit`,
    update('v0', {
      updateTransforms: [
        { fieldPath: 'n', increment: { integerValue: '2' } },
        { fieldPath: 'list', appendMissingElements: { values: [{ integerValue: '1' }] } },
      ],
    }),
  ],
  ['POST', `${ROOT}:commit`, { writes: [{ delete: `${ROOT}/rest/v1` }] }],
  ['POST', `${ROOT}:commit`, { writes: [{}] }],
  ['POST', `${ROOT}:commit`, { writes: [{ drop: 1 }] }],
  ['POST', `${ROOT}:commit`, '{'],
  ['POST', `${ROOT}:commit`, update('v0', { currentDocument: { exists: false } })],
  ['POST', `${ROOT}:commit`, update('missing', { currentDocument: { exists: true } })],
  ['POST', `${ROOT}:commit`, update('v0', { currentDocument: { updateTime: '2020-01-01T00:00:00Z' } })],
  ['POST', `${ROOT}:commit`, { transaction: 'AAAA', writes: [] }],
  ['POST', `${ROOT}:batchWrite`, update('one')],
  ['POST', `${ROOT}:batchWrite`, update('missing', { currentDocument: { exists: true } })],
  ['POST', `${ROOT}:runQuery`, query({ ...rest, limit: 2, select: { fields: [{ fieldPath: 'v' }] } })],
  ['POST', `${ROOT}:runQuery`, query({ from: [{ collectionId: 'none' }] })],
  ['POST', `${ROOT}:runQuery`, query({ ...rest, limit: -1 })],
  ['POST', `${ROOT}:runQuery`, {}],
  ['POST', `${ROOT}:runQuery`, query({ where: { fieldFilter: { field: { fieldPath: 'v' }, op: 'IS' } } })],
  ['POST', `${ROOT}/rest/v0:runQuery`, query(rest)],
  [
    'POST',
    `${ROOT}:runAggregationQuery`,
    {
      structuredAggregationQuery: {
        ...query(rest),
        aggregations: [
          { alias: 'many', count: {} },
          { sum: { field: { fieldPath: 'n' } } },
          { avg: { field: { fieldPath: 'n' } } },
        ],
      },
    },
  ],
  ['POST', `${ROOT}/rest/v0:listCollectionIds`, { pageSize: 1 }],
  ['POST', `${ROOT}:nothing`, {}],
  ['GET', 'projects/p'],
  ['PUT', `${ROOT}/rest/v0`, {}],
];

const VARIES = new Set(['readTime', 'createTime', 'updateTime', 'commitTime', 'nextPageToken', 'message']);
/** The service need not say `done`, and Google's emulator always does. */
const LEFT_OUT = 'done';

/** What must be the same of an answer: its status, and its JSON but for times and words. */
export async function restAnswer(
  port: number,
  [method, path, body]: (typeof REQUESTS)[number],
): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/${path}`, {
    method,
    headers: { authorization: 'Bearer owner' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return `${response.status} ${JSON.stringify(essence(readJson(text)))}`;
}

/** An error may come alone or, from a method that streams, in a list, and what is not found at all as mere text. */
function readJson(text: string): unknown {
  if (!/^[[{]/.test(text)) return { error: { code: 404, message: text, status: 'NOT_FOUND' } };
  const json: unknown = JSON.parse(text);
  return Array.isArray(json) && json[0]?.error ? json[0] : json;
}

function essence(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(essence);
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json).filter(([key]) => key !== LEFT_OUT);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, value]) => [key, VARIES.has(key) ? '…' : essence(value)]));
}
