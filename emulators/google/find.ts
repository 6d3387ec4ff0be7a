import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** Where the Google Cloud SDK puts it. */
const JAR = join('platform', 'cloud-firestore-emulator', 'cloud-firestore-emulator.jar');

/** Google's Firestore emulator, below CLOUDSDK_ROOT or beside the `gcloud` that the PATH leads to. */
export function findFirestoreJar(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const roots = [environment['CLOUDSDK_ROOT'] ?? ''];
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    const gcloud = join(folder, 'gcloud');
    if (folder && existsSync(gcloud)) roots.push(dirname(dirname(realpathSync(gcloud))));
  }
  return roots
    .filter(root => root !== '')
    .map(root => join(root, JAR))
    .find(existsSync);
}

export const HOW_TO_INSTALL =
  "Google's Firestore emulator is not there. Install the Google Cloud SDK (https://cloud.google.com/sdk/docs/install), then " +
  '`gcloud components install cloud-firestore-emulator` or the package google-cloud-cli-firestore-emulator, and Java. ' +
  'It is looked for beside the gcloud of the PATH, or below CLOUDSDK_ROOT.';
