import { parseArgs } from 'node:util';
import { projectId } from '../../shared/config/config.ts';
import { messageOf } from '../../shared/errors/errors.ts';
import { runWorker } from './run.ts';
import { OPTIONS, settingsOf } from './settings.ts';

/** The process in a container: its step is bundled with it, and registered before this runs. */
export async function main(step: string): Promise<void> {
  const ending = new Promise<void>(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  try {
    const { values } = parseArgs({ options: OPTIONS, strict: true });
    process.exitCode = await runWorker(settingsOf(values, { step, project: projectId() }), ending);
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = 2;
  }
  // Clients of the step keep connections open.
  process.exit();
}
