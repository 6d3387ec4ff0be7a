import { type Account, userInfo } from './account.ts';
import { AuthError, unimplemented } from './errors.ts';
import {
  adminFieldsOf,
  type Body,
  emailOf,
  listOf,
  newPassword,
  passwordFields,
  profileOf,
  uidOf,
  whole,
} from './fields.ts';
import type { Handler, Service } from './session.ts';

const MAX_PAGE = 1000;
const MAX_QUERY = 500;

export const create: Handler = async (service, body) => {
  const localId = body['localId'] === undefined ? {} : { localId: uidOf(body) };
  const account = service.accounts.create({ ...(await fieldsOf(service, body)), ...localId });
  return {
    kind: 'identitytoolkit#SignupNewUserResponse',
    localId: account.localId,
    email: account.email,
    displayName: account.displayName,
  };
};

export const update: Handler = async (service, body) => {
  const localId = uidOf(body);
  const account = service.accounts.update(localId, await fieldsOf(service, body));
  return { kind: 'identitytoolkit#SetAccountInfoResponse', ...userInfo(account) };
};

export const remove: Handler = (service, body) => {
  const localId = uidOf(body);
  if (!service.accounts.find(localId)) throw new AuthError('USER_NOT_FOUND');
  service.accounts.delete(localId);
  return { kind: 'identitytoolkit#DeleteAccountResponse' };
};

/** Those that there are, each once; `users` is missing where there is none. */
export const lookup: Handler = ({ accounts }, body) => {
  if (body['federatedUserId'] !== undefined) throw unimplemented('Looking users up by another provider');
  const found = [
    ...listOf(body, 'localId').map(localId => accounts.find(localId)),
    ...listOf(body, 'email').map(email => accounts.findByEmail(email)),
  ].filter(account => account !== undefined);
  const users = [...new Set(found)].map(userInfo);
  return { kind: 'identitytoolkit#GetAccountInfoResponse', ...(users.length > 0 && { users }) };
};

/** A page of all users. The token is the number of the last one shown. */
export const batchGet: Handler = ({ accounts }, body) => {
  const size = whole(body['maxResults'] ?? 20, 'maxResults');
  if (size > MAX_PAGE) throw new AuthError(`INVALID_ARGUMENT : maxResults is at most ${MAX_PAGE}`);
  const after = body['nextPageToken'] === undefined ? 0 : whole(body['nextPageToken'], 'nextPageToken');
  const rest = accounts.all.filter(({ number }) => number > after);
  const page = rest.slice(0, size);
  return {
    kind: 'identitytoolkit#DownloadAccountResponse',
    users: page.map(userInfo),
    ...(page.length < rest.length && { nextPageToken: String(page.at(-1)?.number ?? after) }),
  };
};

/** Without `force`, only accounts that are disabled. */
export const batchDelete: Handler = ({ accounts }, body) => {
  const ids = listOf(body, 'localIds');
  if (ids.length > MAX_PAGE) throw new AuthError('LOCAL_ID_LIST_EXCEEDS_LIMIT');
  const errors = ids.flatMap((localId, index) => {
    const account = accounts.find(localId);
    if (account && !account.disabled && body['force'] !== true)
      return [{ index, localId, message: 'NOT_DISABLED : Disable the account before batch deletion.' }];
    if (account) accounts.delete(localId);
    return [];
  });
  return errors.length > 0 ? { errors } : {};
};

/** Users by e-mail or id, or all of them; where `returnUserInfo` is false, how many. */
export const query: Handler = ({ accounts }, body) => {
  const matching = accounts.all.filter(matcherOf(body['expression']));
  if (body['returnUserInfo'] === false) return { recordsCount: String(matching.length) };
  const offset = whole(body['offset'] ?? 0, 'offset');
  const limit = Math.min(whole(body['limit'] ?? MAX_QUERY, 'limit'), MAX_QUERY);
  const ordered = body['order'] === 'DESC' ? matching.reverse() : matching;
  if (body['sortBy'] !== undefined && body['sortBy'] !== 'CREATED_AT')
    throw unimplemented(`accounts:query with sortBy ${String(body['sortBy'])}`);
  const page = ordered.slice(offset, offset + limit);
  return { recordsCount: String(page.length), userInfo: page.map(userInfo) };
};

/** Of the emulator alone: everybody goes. */
export const clear: Handler = ({ accounts }) => {
  for (const { localId } of accounts.all) accounts.delete(localId);
  return {};
};

async function fieldsOf({ now }: Service, body: Body): Promise<Partial<Account>> {
  const { email, password } = body;
  if (listOf(body, 'deleteProvider').some(provider => provider !== 'password'))
    throw unimplemented('Unlinking another provider');
  return {
    ...profileOf(body),
    ...(email !== undefined && { email: emailOf(body) }),
    ...(password !== undefined && (await passwordFields(newPassword(body), now()))),
    ...(listOf(body, 'deleteProvider').includes('password') && { password: undefined }),
    ...adminFieldsOf(body),
  };
}

interface Expression {
  readonly email?: string;
  readonly userId?: string;
  readonly phoneNumber?: string;
}

/** One expression, as the service has it. */
function matcherOf(expression: unknown): (account: Account) => boolean {
  const [first, ...more] = (Array.isArray(expression) ? expression : []) as Expression[];
  if (!first) return () => true;
  if (more.length > 0 || first.phoneNumber !== undefined)
    throw unimplemented('accounts:query by several expressions or a phone number');
  return ({ email, localId }) =>
    first.email === undefined ? localId === first.userId : email === first.email.toLowerCase();
}
