import { mayPublish } from '../../shared/step/may-publish.ts';
import { Refusal } from '../../shared/step/refusal.ts';
import { bearerOf, type User } from '../../shared/step/user.ts';
import { type Keys, keyOf } from './keys.ts';

export interface Caller {
  /** What limits and logs know it by. */
  readonly name: string;
  may(pipeline: string): boolean;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const HOW = 'Send an API key as x-api-key, or an ID token as Authorization: Bearer.';

/**
 * Who sends a request: the bearer of an API key, which is for every pipeline, or a user who has signed in.
 * @throws Refusal 401
 */
export async function callerOf(
  headers: Headers,
  keys: Keys,
  verify: (idToken: string) => Promise<User>,
): Promise<Caller> {
  const bearer = bearerOf(headers);
  const sent = headers['x-api-key'] ?? bearer;
  if (sent === undefined) throw unauthorized(`The request bears neither an API key nor an ID token. ${HOW}`);
  const key = keyOf(String(sent), keys);
  if (key !== undefined) return { name: `key:${key}`, may: () => true };
  if (sent !== bearer || !JWT.test(bearer)) throw unauthorized(`The API key is not known. ${HOW}`);
  const user = await verify(bearer);
  return { name: `user:${user.uid}`, may: pipeline => mayPublish(user, pipeline) };
}

const unauthorized = (message: string): Refusal =>
  new Refusal(401, message, { 'www-authenticate': 'Bearer realm="millrace"' });
