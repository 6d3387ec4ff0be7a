import { LOCATION } from '../suite-address.ts';
import { BigQueryError, duplicate, invalid, required } from './errors.ts';
import { checkMatch, etagOf } from './etags.ts';
import { type Call, type Handler, pageOf, readJson } from './http.ts';
import { booleanAt, integerAt, type Json, merge, objectAt, textAt } from './json.ts';
import { checkDatasetId, type DatasetRef, datasetName } from './names.ts';
import type { Change, Store } from './store.ts';
import type { StoredDataset } from './stored.ts';

/** What clients may set ({@link https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets#Dataset}); anything else is left out. */
const SETTINGS = [
  'friendlyName',
  'description',
  'labels',
  'access',
  'location',
  'defaultTableExpirationMs',
  'defaultPartitionExpirationMs',
  'defaultCollation',
  'defaultRoundingMode',
  'isCaseInsensitive',
  'maxTimeTravelHours',
  'storageBillingModel',
  'resourceTags',
];
const ACCESS = [
  { role: 'WRITER', specialGroup: 'projectWriters' },
  { role: 'OWNER', specialGroup: 'projectOwners' },
  { role: 'READER', specialGroup: 'projectReaders' },
];

export const settingsOf = (json: Json, names: readonly string[]): Json =>
  Object.fromEntries(names.flatMap(name => (json[name] === undefined ? [] : [[name, json[name]]])));

const refOf = ({ params }: Call): DatasetRef => ({
  projectId: params['project']!,
  datasetId: params['dataset']!,
});

/** Makes those datasets that are not there yet, as a deployment does. */
export async function deployDatasets(
  store: Store,
  change: Change,
  refs: readonly DatasetRef[],
): Promise<void> {
  const settings = { access: ACCESS, location: LOCATION };
  const { now } = store;
  for (const ref of refs) {
    if (store.findDataset(ref)) continue;
    checkDatasetId(ref.datasetId);
    await change.putDataset({ ref, settings, created: now, modified: now, version: 1 });
  }
}

export const insertDataset: Handler = async call => {
  const { site, params } = call;
  const json = await readJson(call);
  const datasetId = textAt(objectAt(json, 'datasetReference') ?? {}, 'datasetId');
  if (datasetId === undefined) throw required('datasetReference.datasetId');
  checkDatasetId(datasetId);
  const ref = { projectId: params['project']!, datasetId };
  const settings = checked({ access: ACCESS, location: LOCATION, ...settingsOf(json, SETTINGS) });
  const { now } = site.store;
  const dataset = { ref, settings, created: now, modified: now, version: 1 };
  await site.store.change(async change => {
    if (site.store.findDataset(ref)) throw duplicate(`Dataset ${datasetName(ref)}`);
    await change.putDataset(dataset);
  });
  return { json: resource(dataset, call) };
};

export const getDataset: Handler = call => ({ json: resource(call.site.store.dataset(refOf(call)), call) });

export const listDatasets: Handler = call => {
  const { site, params, query } = call;
  const filter = query.get('filter');
  const found = site.store.datasets(params['project']!).filter(labelFilter(filter));
  const { page, ...next } = pageOf(found, query);
  return {
    json: {
      kind: 'bigquery#datasetList',
      etag: `${found.length}`,
      ...next,
      datasets: page.map(({ ref, settings }) => ({
        kind: 'bigquery#dataset',
        id: datasetName(ref),
        datasetReference: ref,
        ...settingsOf(settings, ['labels', 'friendlyName', 'location']),
      })),
    },
  };
};

/** `labels.KEY[:VALUE]`, several divided by spaces. @throws BigQueryError 400 */
function labelFilter(filter: string | null): (dataset: StoredDataset) => boolean {
  const wanted = (filter ?? '').split(' ').filter(Boolean);
  const pairs = wanted.map(term => {
    const [, key, value] = /^labels\.([^:]+)(?::(.*))?$/.exec(term) ?? [];
    if (key === undefined) throw invalid(`Invalid filter: ${term}: expected labels.KEY:VALUE`, 'filter');
    return [key, value] as const;
  });
  return ({ settings }) => {
    const labels = objectAt(settings, 'labels') ?? {};
    return pairs.every(([key, value]) => (value ? labels[key] === value : Object.hasOwn(labels, key)));
  };
}

/** PATCH merges, PUT replaces. */
const change =
  (settle: (before: Json, json: Json) => Json): Handler =>
  async call => {
    const { store } = call.site;
    const json = settingsOf(await readJson(call), SETTINGS);
    const after = await store.change(async change => {
      const before = store.dataset(refOf(call));
      checkMatch(call, before);
      if (json['location'] !== undefined && json['location'] !== before.settings['location'])
        throw invalid('The location of a dataset cannot be changed', 'location');
      const settings = checked({
        ...settle(before.settings, json),
        location: before.settings['location'],
      });
      const next = { ...before, settings, modified: store.now, version: before.version + 1 };
      await change.putDataset(next);
      return next;
    });
    return { json: resource(after, call) };
  };
export const patchDataset = change(merge);
export const updateDataset = change((before, json) => ({ access: before['access'], ...json }));

export const deleteDataset: Handler = async call => {
  const { store, rows } = call.site;
  const ref = refOf(call);
  const contents = booleanAt({ value: call.query.get('deleteContents') }, 'value') ?? false;
  await store.change(async change => {
    checkMatch(call, store.dataset(ref));
    const tables = store.tables(ref);
    if (tables.length > 0 && !contents)
      throw new BigQueryError(400, 'resourceInUse', `Dataset ${datasetName(ref)} is still in use`);
    for (const table of tables) {
      rows.forget(table);
      await change.deleteTable(table);
    }
    await change.deleteDataset(ref);
  });
  return { status: 204 };
};

function checked(settings: Json): Json {
  const expiration = integerAt(settings, 'defaultTableExpirationMs');
  if (expiration !== undefined && expiration < 3_600_000)
    throw invalid('Invalid value for defaultTableExpirationMs: expected an hour (3600000) or more');
  checkLabels(settings);
  return settings;
}

/** @throws BigQueryError 400 */
export function checkLabels(settings: Json): void {
  const labels = objectAt(settings, 'labels') ?? {};
  if (Object.keys(labels).length > 64) throw invalid('A resource has 64 labels at most', 'labels');
  for (const [key, value] of Object.entries(labels)) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key))
      throw invalid(`Invalid label key: ${key}`, 'labels');
    if (typeof value !== 'string' || !/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value))
      throw invalid(`Invalid label value for ${key}: ${value}`, 'labels');
  }
}

const resource = (dataset: StoredDataset, { origin }: Call): Json => {
  const { ref, settings, created, modified } = dataset;
  return {
    kind: 'bigquery#dataset',
    etag: etagOf(dataset),
    id: datasetName(ref),
    selfLink: `${origin}/bigquery/v2/projects/${ref.projectId}/datasets/${ref.datasetId}`,
    datasetReference: ref,
    ...settings,
    creationTime: String(created),
    lastModifiedTime: String(modified),
    type: 'DEFAULT',
  };
};
