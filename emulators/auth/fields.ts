import type { Account } from './account.ts';
import { AuthError, unimplemented } from './errors.ts';
import { hashPassword } from './password.ts';
import type { Claims } from './token.ts';

/** A request's body: JSON, or a form as an object. */
export type Body = Claims;

const MIN_PASSWORD = 6;
const MAX_PASSWORD = 4096;
const MAX_TEXT = 2048;
const MAX_EMAIL = 256;
const MAX_UID = 128;
const MAX_CLAIMS = 1000;

/** Claims that are the service's own ({@link https://firebase.google.com/docs/auth/admin/custom-claims}). */
const RESERVED = new Set([
  ...[
    'acr',
    'amr',
    'at_hash',
    'aud',
    'auth_time',
    'azp',
    'cnf',
    'c_hash',
    'exp',
    'firebase',
    'iat',
    'iss',
    'jti',
  ],
  ...['nbf', 'nonce', 'sub', 'user_id'],
]);

/** Fields that would change what the service does; kept without effect they would mislead. */
const UNIMPLEMENTED: Readonly<Record<string, string>> = {
  tenantId: 'Tenants',
  phoneNumber: 'Phone numbers',
  mfa: 'Second factors',
  mfaInfo: 'Second factors',
  linkProviderUserInfo: 'Linking another provider',
  oobCode: 'Codes by e-mail (oobCode)',
};

/** @throws AuthError 501 for what this emulator does not have */
export function refuseUnknown(body: Body): void {
  for (const [field, what] of Object.entries(UNIMPLEMENTED)) {
    if (body[field] !== undefined) throw unimplemented(what);
  }
}

export function emailOf(body: Body): string {
  const { email } = body;
  if (email === undefined) throw new AuthError('MISSING_EMAIL');
  const valid = typeof email === 'string' && email.length <= MAX_EMAIL && /^[^\s@]+@[^\s@]+$/.test(email);
  if (!valid) throw new AuthError('INVALID_EMAIL');
  return email.toLowerCase();
}

/** A password to be set. */
export function newPassword(body: Body): string {
  const password = passwordOf(body);
  if (password.length < MIN_PASSWORD)
    throw new AuthError(`WEAK_PASSWORD : Password should be at least ${MIN_PASSWORD} characters`);
  return password;
}

/** A password as it was typed. */
export function passwordOf({ password }: Body): string {
  if (password === undefined || password === '') throw new AuthError('MISSING_PASSWORD');
  if (typeof password !== 'string' || password.length > MAX_PASSWORD)
    throw new AuthError(`INVALID_PASSWORD : Expected a text of at most ${MAX_PASSWORD} characters`);
  return password;
}

export function uidOf(body: Body): string {
  const { localId } = body;
  if (typeof localId === 'string' && localId !== '' && localId.length <= MAX_UID) return localId;
  throw new AuthError(localId === undefined ? 'MISSING_LOCAL_ID' : 'INVALID_LOCAL_ID');
}

/** What a password is kept as, with the moment; whoever signed in by another has to do so again. */
export async function passwordFields(password: string, now: number): Promise<Partial<Account>> {
  const hashed = await hashPassword(password);
  return { password: hashed, passwordUpdatedAt: now, validSince: Math.floor(now / 1000) };
}

/** Name and picture of a create or update; `deleteAttribute` takes them away. */
export function profileOf(body: Body): Partial<Account> {
  const gone = listOf(body, 'deleteAttribute');
  return {
    ...textField(body, 'displayName'),
    ...textField(body, 'photoUrl'),
    ...(gone.includes('DISPLAY_NAME') && { displayName: undefined }),
    ...(gone.includes('PHOTO_URL') && { photoUrl: undefined }),
  };
}

/** Fields that only a server may set. */
export function adminFieldsOf(body: Body): Partial<Account> {
  const { emailVerified, customAttributes, validSince } = body;
  const disabled = body['disableUser'] ?? body['disabled'];
  return {
    ...(emailVerified !== undefined && { emailVerified: Boolean(emailVerified) }),
    ...(disabled !== undefined && { disabled: Boolean(disabled) }),
    ...(customAttributes !== undefined && { customAttributes: customClaims(customAttributes) }),
    ...(validSince !== undefined && { validSince: whole(validSince, 'validSince') }),
  };
}

export function listOf(body: Body, field: string): readonly string[] {
  const list = body[field] ?? [];
  if (Array.isArray(list) && list.every(item => typeof item === 'string')) return list;
  throw new AuthError(`INVALID_ARGUMENT : ${field} is expected to be a list of texts`);
}

/** A number that may come as text. */
export function whole(value: unknown, field: string): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (Number.isSafeInteger(number) && (number as number) >= 0) return number as number;
  throw new AuthError(`INVALID_ARGUMENT : ${field} is expected to be a whole number`);
}

/** @throws AuthError FORBIDDEN_CLAIM */
export function checkClaims(claims: Claims): Claims {
  const forbidden = Object.keys(claims).find(name => RESERVED.has(name));
  if (forbidden !== undefined) throw new AuthError(`FORBIDDEN_CLAIM : ${forbidden}`);
  return claims;
}

function customClaims(value: unknown): string {
  const text = String(value);
  if (text.length > MAX_CLAIMS) throw new AuthError('CLAIMS_TOO_LARGE');
  let claims: unknown;
  try {
    claims = JSON.parse(text);
  } catch {
    throw new AuthError('INVALID_CLAIMS');
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new AuthError('INVALID_CLAIMS');
  checkClaims(claims as Claims);
  return text;
}

function textField(body: Body, field: 'displayName' | 'photoUrl'): Partial<Account> {
  const value = body[field];
  if (value === undefined) return {};
  if (typeof value === 'string' && value.length <= MAX_TEXT) return { [field]: value };
  throw new AuthError(
    `INVALID_ARGUMENT : ${field} is expected to be a text of at most ${MAX_TEXT} characters`,
  );
}
