import type { Emulator } from '../emulator.ts';
import { listenToBoth } from '../grpc/port.ts';
import { addService, loadProtos, newServer } from '../grpc/server.ts';
import type { Rules } from './access.ts';
import { Database } from './database.ts';
import { handlers, SERVICE } from './handlers.ts';
import type { Change } from './history.ts';
import { Listeners } from './listeners.ts';
import { openDatabase } from './log.ts';
import { OperationCounter, type OperationObservers, type Operations } from './operations.ts';
import { Service } from './service.ts';
import type { DocumentChange } from './types.ts';
import { toTimestamp } from './values/time.ts';
import { webServer } from './web/http.ts';

export interface FirestoreOptions extends OperationObservers {
  /** 0 lets the system choose. */
  readonly port?: number;
  /** Keeps the documents in this folder; without it they live in memory only. */
  readonly dir?: string;
  /** What clients may do; without rules, all that servers may. */
  readonly rules?: Rules;
}

export interface FirestoreEmulator extends Emulator {
  /**
   * Called at each commit, in commit order, once it is durable and before the client gets its answer; a promise it
   * returns is awaited before the answer, though not before the next commit. Returns the way to stop.
   */
  onChange(listener: (changes: readonly DocumentChange[]) => unknown): () => void;
  /** Changes after this sequence. Throws a RangeError where some of them are no longer kept. */
  changesSince(sequence: number): readonly DocumentChange[];
  /** Since the start. */
  readonly operations: Operations;
}

export async function startFirestore(options: FirestoreOptions = {}): Promise<FirestoreEmulator> {
  const opened = options.dir === undefined ? undefined : openDatabase(options.dir);
  const database = opened?.database ?? new Database();
  const service = new Service(database, new OperationCounter(options));
  const server = newServer();
  const root = loadProtos('@google-cloud/firestore', 'v1.json');
  const { operations } = service;
  const listeners = new Listeners(
    database,
    () => service.guard.access,
    documents => operations.listened(documents),
  );
  addService(server, root, SERVICE, handlers(service, listeners));
  const { rules } = options;
  if (rules) service.guard.access = rules.access(name => database.store.get(name));
  const web = webServer({ root, service, listeners, ...(rules && { rules }) });
  const emulator = await listenToBoth(server, web.http, options.port ?? 0, peer =>
    service.transactions.abandon(peer),
  );
  return {
    ...emulator,
    onChange: listener => database.onCommit(changes => listener(changes.map(toDocumentChange))),
    changesSince(sequence) {
      const { history } = database;
      if (sequence < history.floorSequence)
        throw new RangeError(
          `Changes up to ${history.floorSequence} are no longer kept, so those after ${sequence} are incomplete.`,
        );
      return history.afterSequence(sequence).map(toDocumentChange);
    },
    get operations() {
      return service.operations.counts;
    },
    async stop() {
      service.transactions.stop();
      web.stop();
      await emulator.stop();
      opened?.close();
    },
  };
}

function toDocumentChange(change: Change): DocumentChange {
  return {
    sequence: change.sequence,
    name: change.name,
    before: change.before?.toDocument(),
    after: change.after?.toDocument(),
    commitTime: toTimestamp(change.time),
    caller: change.author,
  };
}
