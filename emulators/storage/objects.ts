import type { Reply } from '../http.ts';
import { downloadMedia } from './download.ts';
import { unimplemented } from './errors.ts';
import { type Call, type Handler, readJson } from './http.ts';
import { editable, patched, storageClass, withoutEditable } from './metadata.ts';
import { conditions, etagConditions } from './preconditions.ts';
import { etagOf, objectResource, type StoredObject } from './resources.ts';

export const objectReply = (object: StoredObject, { origin }: Call): Reply => ({
  json: objectResource(object, origin),
});

/** The object that the path and `generation` name, once the request's conditions hold. */
export function addressed({ store, params, query, req }: Call, mode: 'read' | 'write'): StoredObject {
  for (const parameter of ['predefinedAcl', 'softDeleted'])
    if (query.has(parameter) && query.get(parameter) !== 'false')
      throw unimplemented(`The parameter ${parameter}`);
  const object = store.object(params['bucket']!, params['object']!, query.get('generation'));
  const current = { ...object, etag: etagOf(object) };
  conditions(query, mode)(current);
  if (mode === 'read') etagConditions(req.headers)(current);
  return object;
}

export const getObject: Handler = call => {
  if (call.query.get('alt') === 'media') return downloadMedia(call);
  return objectReply(addressed(call, 'read'), call);
};

/** PATCH merges, PUT replaces; either way the bytes and the generation stay. */
const change =
  (fields: typeof patched): Handler =>
  async call => {
    const body = await readJson(call.body);
    const object = addressed(call, 'write');
    const updated = await call.store.update({
      ...withoutEditable(object),
      ...fields(object, body),
      storageClass: storageClass(body, object.storageClass),
    });
    return objectReply(updated, call);
  };
export const patchObject: Handler = change(patched);
export const updateObject: Handler = change((_, body) => editable(body));

export const deleteObject: Handler = async call => {
  await call.store.delete(addressed(call, 'write'));
  return { status: 204 };
};

/** Who publishes a bucket's events; Terraform grants it a role. */
export const serviceAgent: Handler = ({ params }) => ({
  json: {
    kind: 'storage#serviceAccount',
    email_address: `service-${params['project']}@gs-project-accounts.iam.gserviceaccount.com`,
  },
});
