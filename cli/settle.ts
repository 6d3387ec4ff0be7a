import type { DocumentData, Firestore } from '@google-cloud/firestore';
import { CommandError } from './command.ts';
import { createProgress } from './progress.ts';
import { count } from './terminal.ts';

const IDLE_TIMEOUT_SECONDS = 600;

/** What a person reads of an upload's states while it is under way. */
const STATES: Readonly<Record<string, string>> = {
  reading: 'records read',
  read: 'records read, results are coming',
  done: 'records, all done',
  failed: 'records read before it failed',
};

/**
 * Follows an upload until all that comes of it has come: its document says so, and the router has nothing left to do.
 * @param label what progress is shown of
 * @returns uploads/{id} as it then is
 */
export async function settle(
  firestore: Firestore,
  id: string,
  control: string,
  label: string,
): Promise<DocumentData> {
  const progress = createProgress(label);
  const upload = await new Promise<DocumentData>((resolve, reject) => {
    const stop = firestore.doc(`uploads/${id}`).onSnapshot(snapshot => {
      const data = snapshot.data();
      if (!data) return;
      const share = data['size'] > 0 ? (data['bytes'] ?? 0) / data['size'] : 1;
      const state = STATES[data['state']] ?? data['state'];
      progress.update(share, `${count(data['counts']?.records ?? 0)} ${state}`);
      if (data['state'] !== 'done' && data['state'] !== 'failed') return;
      stop();
      resolve(data);
    }, reject);
  }).finally(() => progress.done());
  await idle(control);
  return upload;
}

/** @throws CommandError when events still wait after ten minutes */
export async function idle(control: string): Promise<void> {
  const response = await fetch(`${control}/idle?timeout=${IDLE_TIMEOUT_SECONDS}`);
  const { idle } = (await response.json()) as { idle: boolean };
  if (!idle) {
    throw new CommandError(`After ${IDLE_TIMEOUT_SECONDS} s events still wait: millrace status says where.`);
  }
}
