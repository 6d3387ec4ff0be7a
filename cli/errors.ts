import { debuglog } from 'node:util';
import { CommandError, EXIT, type ExitCode } from './command.ts';

const debug = debuglog('millrace');

/** Errors whose message is written for people already: it names the file, the line and the mend. */
const TOLD = new Set(['FaultsError', 'MirrorError', 'PipelineError', 'WiringError']);
/** How a suite that is no longer there shows itself: over gRPC (UNAVAILABLE) and over HTTP. */
const GONE = new Set<unknown>([14, 'ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET']);

/** What a person is told of an error, without its stack (NODE_DEBUG=millrace prints that too). */
export function tell(error: unknown): { message: string; exitCode: ExitCode } {
  debug('%O', error);
  const { name, message, code, cause } = asError(error);
  if (error instanceof CommandError) return { message, exitCode: error.exitCode };
  if (TOLD.has(name)) return { message, exitCode: EXIT.failed };
  if (GONE.has(code) || GONE.has((cause as { code?: unknown } | undefined)?.code)) {
    return {
      message: 'The suite does not answer any more. Is it still running?',
      exitCode: EXIT.unreachable,
    };
  }
  return {
    message: `${message.split('\n')[0]} (unexpected; NODE_DEBUG=millrace says where)`,
    exitCode: EXIT.failed,
  };
}

function asError(error: unknown): Error & { code?: unknown } {
  return error instanceof Error ? error : new Error(String(error));
}
