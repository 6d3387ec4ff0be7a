import { expect, it } from 'vitest';
import { credentials, type Source } from './credentials.ts';

const none =
  (message: string): Source =>
  async () => {
    throw new Error(message);
  };

it('credentials are those of the first source that has any, asked once', async () => {
  let asked = 0;
  const source: Source = async () => ({ authorization: `Bearer ${++asked}` });
  const headers = credentials([none('no'), source, none('never asked')]);
  expect(await headers()).toEqual({ authorization: 'Bearer 1' });
  expect(await headers()).toEqual({ authorization: 'Bearer 1' });
});

it('no credentials are told in one line with code 3, and the reason of the better source', async () => {
  await expect(credentials([none('no key\n  at x'), none('no gcloud')])()).rejects.toMatchObject({
    exitCode: 3,
    message: 'No credentials for Google Cloud. Log in with gcloud auth application-default login. (no key)',
  });
});
