import { Storage } from '@google-cloud/storage';
import { bucketName, projectId } from '../../shared/config/config.ts';
import { PermanentError } from '../../shared/errors/errors.ts';
import { mayPublish } from '../../shared/step/may-publish.ts';
import { Refusal } from '../../shared/step/refusal.ts';
import { type HttpAnswer, type HttpRequest, onRequest } from '../../shared/step/request.ts';
import type { Context } from '../../shared/step/step.ts';
import { bearerOf, verify } from '../../shared/step/user.ts';
import { readAsked, uploadOf } from './upload-url.ts';

/** In which the upload has to begin; then it has a session of its own, which Storage keeps for a week. */
const VALID_MS = 10 * 60_000;
const MAX_BYTES = Number(process.env['UPLOAD_MAX_BYTES'] ?? 1024 ** 3);

let bucket: ReturnType<Storage['bucket']> | undefined;

onRequest('upload-url', async (request, context): Promise<HttpAnswer> => {
  if (request.method !== 'POST') throw new Refusal(405, 'An upload is asked for by POST.', { allow: 'POST' });
  const token = bearerOf(request.headers);
  if (token === undefined)
    throw new Refusal(401, 'Nobody has signed in. Send an ID token as Authorization: Bearer.', {
      'www-authenticate': 'Bearer realm="millrace"',
    });
  return offer(request, await verify(token), context);
});

async function offer(
  { body }: HttpRequest,
  user: Awaited<ReturnType<typeof verify>>,
  { pipelines, now, log }: Context,
): Promise<HttpAnswer> {
  const asked = readAsked(body, MAX_BYTES);
  if (!mayPublish(user, asked.pipeline))
    throw new Refusal(
      403,
      `You may not upload to "${asked.pipeline}": your claim "publisher" does not name it.`,
    );
  await pipelines.of(asked.pipeline, undefined).catch((error: unknown) => {
    throw error instanceof PermanentError ? new Refusal(400, error.message) : error;
  });
  const time = now();
  const { object, contentType, headers } = uploadOf(asked, user.uid, time);
  bucket ??= new Storage({ projectId: projectId() }).bucket(bucketName('uploads'));
  const expires = new Date(time.getTime() + VALID_MS);
  const [url] = await bucket.file(object).getSignedUrl({
    version: 'v4',
    action: 'resumable',
    expires,
    contentType,
    extensionHeaders: headers,
  });
  log.info('upload offered', { uid: user.uid, object, size: asked.size });
  return {
    status: 201,
    body: {
      method: 'POST',
      url,
      headers: { 'content-type': contentType, 'x-goog-resumable': 'start', ...headers },
      expires: expires.toISOString(),
      file: `gs://${bucket.name}/${object}`,
    },
  };
}
