/** A suite in a process of its own, over any folder of steps: `node host.ts ROOT [PIPELINES]`. Says where it listens, and answers any
 * message with the Firestore operations so far. */
import { resolve } from 'node:path';
import { startSuite } from '../../emulators/suite.ts';
import type { FromHost } from './hosted.ts';

const tell = (message: FromHost): void => void process.send?.(message);
const suite = await startSuite({
  root: resolve(process.argv[2] ?? '.'),
  pipelines: process.argv[3] ?? resolve(import.meta.dirname, '../../pipelines'),
  log: ({ severity, message }) => {
    if (severity === 'ERROR') console.error(message);
  },
});
await suite.functions.ready();
process.on('message', () => tell({ operations: suite.firestore.operations }));
process.on('disconnect', () => void suite.stop().then(() => process.exit()));
tell({ environment: suite.environment, control: `http://127.0.0.1:${suite.eventarc.port}` });
