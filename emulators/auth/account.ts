import type { HashedPassword } from './password.ts';

/** A user as kept. */
export interface Account {
  readonly localId: string;
  /** Counts up with every account, so that lists come in the order of creation. */
  readonly number: number;
  /** In lower case. */
  readonly email?: string | undefined;
  readonly emailVerified?: boolean | undefined;
  readonly displayName?: string | undefined;
  readonly photoUrl?: string | undefined;
  readonly password?: HashedPassword | undefined;
  /** Milliseconds since the epoch. */
  readonly passwordUpdatedAt?: number | undefined;
  readonly disabled?: boolean | undefined;
  /** Claims for every ID token, as JSON. */
  readonly customAttributes?: string | undefined;
  /** Has signed in by a custom token. */
  readonly customAuth?: boolean | undefined;
  /** Seconds since the epoch: whoever signed in before has to do so again. */
  readonly validSince: number;
  /** These in milliseconds. */
  readonly createdAt: number;
  readonly lastLoginAt?: number | undefined;
  readonly lastRefreshAt?: number | undefined;
}

/** The service shows hashes to nobody without a right of its own; it says only that there is one. */
const REDACTED = Buffer.from('REDACTED').toString('base64');

/** {@link https://cloud.google.com/identity-platform/docs/reference/rest/v1/UserInfo}; int64 as strings */
export function userInfo(account: Account): object {
  const { localId, email, displayName, photoUrl, password, passwordUpdatedAt, customAttributes } = account;
  return {
    localId,
    email,
    emailVerified: account.emailVerified ?? false,
    displayName,
    photoUrl,
    ...(password && { passwordHash: REDACTED, passwordUpdatedAt }),
    providerUserInfo: providerUserInfo(account),
    validSince: String(account.validSince),
    disabled: account.disabled ?? false,
    createdAt: String(account.createdAt),
    lastLoginAt: text(account.lastLoginAt),
    lastRefreshAt: account.lastRefreshAt && new Date(account.lastRefreshAt).toISOString(),
    customAttributes,
    customAuth: account.customAuth,
  };
}

export function providerUserInfo({ email, password, displayName, photoUrl }: Account): object[] {
  if (!password) return [];
  return [{ providerId: 'password', federatedId: email, rawId: email, email, displayName, photoUrl }];
}

const text = (value: number | undefined): string | undefined => (value === undefined ? value : String(value));
