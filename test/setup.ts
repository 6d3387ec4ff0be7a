import fc from 'fast-check';
import { afterAll } from 'vitest';

/**
 * Properties see the same random input in each run: what passes here passes on every machine. A campaign looks elsewhere:
 * MILLRACE_SEED=7, or any other whole number.
 */
fc.configureGlobal({ seed: Number(process.env['MILLRACE_SEED'] ?? 20261121) });

// No client looks for the server of a cloud that is not there.
process.env['METADATA_SERVER_DETECTION'] = 'none';
// Google's emulators live for seconds here: compiling them well takes longer than it spares.
process.env['JAVA_TOOL_OPTIONS'] ??= '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';
const before = { ...process.env };

/** Files that share a process must not find the emulators of one another. */
afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
