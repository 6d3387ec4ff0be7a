import { notFound, unimplemented } from '../../grpc/errors.ts';
import { checkDatabase } from '../values/paths.ts';
import { jsonOf } from './body.ts';
import type { Backend } from './calls.ts';

/** What an emulator has and the service has not, as in Google's: {@link https://firebase.google.com/docs/emulator-suite/connect_firestore}. */
export const CONTROL = /^\/emulator\/v1\/(.+)$/;

const DOCUMENTS = /^(projects\/[^/]+\/databases\/[^/]+)\/documents$/;
const RULES = /^projects\/([^/:]+):securityRules$/;

/** @param path below `/emulator/v1/`. @throws GrpcError */
export function answerControl(backend: Backend, method: string, path: string, body: Buffer): object {
  const database = DOCUMENTS.exec(path)?.[1];
  if (method === 'DELETE' && database) return deleteAll(backend, decodeURIComponent(database));
  const project = RULES.exec(path)?.[1];
  if (method === 'PUT' && project) {
    if (!backend.rules) throw unimplemented('Loading security rules here');
    backend.rules.put(decodeURIComponent(project), jsonOf(body));
    return {};
  }
  throw notFound(`There is no method ${method} for /emulator/v1/${path}.`);
}

/** In one commit, which waits for no transaction: listeners and triggers hear of it as of any other. */
function deleteAll({ service }: Backend, database: string): object {
  const { store } = service.database;
  const prefix = `${checkDatabase(database)}/documents/`;
  const names = [...store.documents()].map(doc => doc.name).filter(name => name.startsWith(prefix));
  service.database.commit(names.map(name => ({ delete: name })));
  return {};
}
