import { createMockUserToken } from '@firebase/util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { issuerOf, readIdToken, TokenError, unsigned } from './token.ts';

const NOW = Date.UTC(2026, 0, 1);
const SECONDS = NOW / 1000;
const CLAIMS = {
  iss: issuerOf('demo'),
  aud: 'demo',
  iat: SECONDS - 60,
  exp: SECONDS + 60,
  sub: 'ann',
  user_id: 'ann',
  operator: true,
};
const read = (claims: object, now = NOW) => readIdToken(unsigned({ ...claims }), 'demo', now);

describe('an ID token', () => {
  it('names its user, with its claims', () => {
    expect(read(CLAIMS)).toEqual({ uid: 'ann', token: CLAIMS });
  });

  it('holds until it expires', () => {
    expect(read(CLAIMS, NOW + 59_999).uid).toBe('ann');
    expect(() => read(CLAIMS, NOW + 60_000)).toThrow(
      expect.objectContaining({
        expired: true,
        message: expect.stringContaining('2026-01-01T00:01:00.000Z'),
      }),
    );
  });

  it('may be one that the SDK has made up, which never expires', () => {
    expect(
      readIdToken(createMockUserToken({ sub: 'bob', admin: 1 } as never, 'demo'), 'demo', NOW),
    ).toMatchObject({
      uid: 'bob',
      token: { admin: 1, firebase: { sign_in_provider: 'custom' } },
    });
    expect(read({ sub: 'eve' })).toEqual({ uid: 'eve', token: { sub: 'eve' } });
  });

  it.each<[string, object]>([
    ['aud is "other"', { ...CLAIMS, aud: 'other' }],
    ['iss is "https://evil', { ...CLAIMS, iss: 'https://evil.example/demo' }],
    ['sub is missing', { aud: 'demo' }],
    ['sub is ""', { sub: '' }],
    ['sub is 7', { sub: 7 }],
    ['sub is "xxx', { sub: 'x'.repeat(129) }],
    ['exp is "later"', { ...CLAIMS, exp: 'later' }],
    ['expired at', { ...CLAIMS, exp: -1e300 }],
  ])('is refused because its %s', (words, claims) => {
    expect(() => read(claims)).toThrow(expect.objectContaining({ message: expect.stringContaining(words) }));
  });

  it.each(['', 'a.b', 'a.b.c', '..', 'e30.WzFd.', 'e30.bnVsbA.', 'owner', `${unsigned(CLAIMS)}.x`])(
    'is refused where it is none: %j',
    jwt => {
      expect(() => readIdToken(jwt, 'demo', NOW)).toThrow(TokenError);
    },
  );

  it('of any content is read or refused by a TokenError, nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()).map(unsigned)), jwt => {
        try {
          readIdToken(jwt, 'demo', NOW);
        } catch (error) {
          expect(error).toBeInstanceOf(TokenError);
        }
      }),
    );
  });
});
