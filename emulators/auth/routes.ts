import * as admin from './admin.ts';
import * as client from './client.ts';
import * as config from './config.ts';
import { AuthError, unimplemented } from './errors.ts';
import type { Handler } from './session.ts';

/** Who may call a handler: anybody with an API key, a server, or whoever works with the emulator. */
type Rights = 'key' | 'server' | 'anybody';

export interface Route {
  readonly handler: Handler;
  readonly rights: Rights;
}

/** {@link https://cloud.google.com/identity-platform/docs/reference/rest}; `:p` is the project. */
const ROUTES: readonly (readonly [Rights, string, Handler])[] = [
  ['key', 'POST /identitytoolkit.googleapis.com/v1/accounts:signUp', client.signUp],
  ['key', 'POST /identitytoolkit.googleapis.com/v1/accounts:signInWithPassword', client.signInWithPassword],
  [
    'key',
    'POST /identitytoolkit.googleapis.com/v1/accounts:signInWithCustomToken',
    client.signInWithCustomToken,
  ],
  ['key', 'POST /identitytoolkit.googleapis.com/v1/accounts:lookup', client.lookup],
  ['key', 'POST /identitytoolkit.googleapis.com/v1/accounts:update', client.update],
  ['key', 'POST /identitytoolkit.googleapis.com/v1/accounts:delete', client.remove],
  ['key', 'GET /identitytoolkit.googleapis.com/v1/projects', config.projectConfig],
  ['key', 'GET /identitytoolkit.googleapis.com/v2/passwordPolicy', config.passwordPolicy],
  ['key', 'GET /identitytoolkit.googleapis.com/v2/recaptchaConfig', config.recaptchaConfig],
  ['key', 'POST /securetoken.googleapis.com/v1/token', client.exchange],
  ['server', 'POST /identitytoolkit.googleapis.com/v1/projects/:p/accounts', admin.create],
  ['server', 'POST /identitytoolkit.googleapis.com/v1/projects/:p/accounts:lookup', admin.lookup],
  ['server', 'POST /identitytoolkit.googleapis.com/v1/projects/:p/accounts:update', admin.update],
  ['server', 'POST /identitytoolkit.googleapis.com/v1/projects/:p/accounts:delete', admin.remove],
  ['server', 'GET /identitytoolkit.googleapis.com/v1/projects/:p/accounts:batchGet', admin.batchGet],
  ['server', 'POST /identitytoolkit.googleapis.com/v1/projects/:p/accounts:batchDelete', admin.batchDelete],
  ['server', 'POST /identitytoolkit.googleapis.com/v1/projects/:p/accounts:query', admin.query],
  ['anybody', 'DELETE /emulator/v1/projects/:p/accounts', admin.clear],
  ['anybody', 'GET /emulator/v1/projects/:p/config', config.emulatorConfig],
];

const TABLE = new Map(ROUTES.map(([rights, key, handler]) => [key, { rights, handler }]));
const PROJECT = /(?<=^\/[^/]+\/v\d\/projects\/)[^/:]+/;
const OURS = /^\/(identitytoolkit\.googleapis\.com|securetoken\.googleapis\.com|emulator)\//;

/** @throws AuthError for a path of another project, or that is not there (yet) */
export function route(method: string, path: string, project: string): Route {
  const asked = PROJECT.exec(path)?.[0];
  const found = TABLE.get(`${method} ${path.replace(PROJECT, ':p')}`);
  if (found && asked !== undefined && asked !== project)
    throw new AuthError(`PROJECT_NOT_FOUND : This emulator serves ${project}, not ${asked}`, 404);
  if (found) return found;
  if (OURS.test(path)) throw unimplemented(`${method} ${path}`);
  throw new AuthError(`NOT_FOUND : There is no ${method} ${path}`, 404);
}
