import type { Reply } from '../../http.ts';
import { expectedByHeaders } from '../checksums.ts';
import { invalid, required } from '../errors.ts';
import { type Call, type Handler, parseJson } from '../http.ts';
import { objectReply } from '../objects.ts';
import { finish, targetOf } from './finish.ts';
import { boundaryOf, parseMultipart } from './multipart.ts';
import { begin } from './resumable.ts';
import { stage } from './stage.ts';

/** {@link https://cloud.google.com/storage/docs/uploads-downloads#uploads} */
const TYPES: Readonly<Record<string, (call: Call) => Promise<Reply>>> = {
  media: async call => {
    const { req, store } = call;
    const target = targetOf(call, {}, req.headers['content-type'] ?? 'application/octet-stream');
    const staged = await stage(call.body, store.stagingPath());
    return objectReply(await finish(store, target, staged, expectedByHeaders(req.headers)), call);
  },
  multipart: async call => {
    const { req, store } = call;
    const { metadata, contentType, media } = await parseMultipart(
      call.body,
      boundaryOf(req.headers['content-type']),
    );
    const target = targetOf(call, parseJson(metadata), contentType);
    const staged = await stage(media, store.stagingPath());
    return objectReply(await finish(store, target, staged, expectedByHeaders(req.headers)), call);
  },
  resumable: begin,
};

export const upload: Handler = call => {
  const type = call.query.get('uploadType');
  if (type === null) throw required('uploadType');
  const handle = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (!handle)
    throw invalid(`Invalid value for uploadType: '${type}': expected ${Object.keys(TYPES).join(', ')}`);
  return handle(call);
};
