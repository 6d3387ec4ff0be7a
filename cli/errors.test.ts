import { expect, it } from 'vitest';
import { CommandError, EXIT } from './command.ts';
import { tell } from './errors.ts';

const named = (name: string, message: string) => Object.assign(new Error(message), { name });
const GONE = 'The suite does not answer any more. Is it still running?';

it.each([
  ['a mistake of the user', new CommandError('No.', EXIT.usage), 'No.', 2],
  ['wrong YAML, all its lines', named('PipelineError', 'a:1:1: x\nb:1:1: y'), 'a:1:1: x\nb:1:1: y', 1],
  ['wrong wiring', named('WiringError', 'a:1:1: x'), 'a:1:1: x', 1],
  ['a suite that has gone, over gRPC', Object.assign(new Error('14 UNAVAILABLE'), { code: 14 }), GONE, 3],
  [
    'a suite that has gone, over HTTP',
    new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }),
    GONE,
    3,
  ],
  [
    'anything else',
    new TypeError('x is undefined\n  at y'),
    'x is undefined (unexpected; NODE_DEBUG=millrace says where)',
    1,
  ],
  ['what is no error', 'text', 'text (unexpected; NODE_DEBUG=millrace says where)', 1],
])('%s is told without a stack, with its exit code', (_, error, message, exitCode) => {
  expect(tell(error)).toEqual({ message, exitCode });
});
