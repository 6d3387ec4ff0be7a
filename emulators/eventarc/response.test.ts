import { array, assert, constantFrom, nat, property, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { type Answer, ResponseReader } from './response.ts';

/** Reads bytes in pieces cut at these places. */
function read(text: string, cuts: readonly number[] = []): Answer | undefined {
  const bytes = Buffer.from(text, 'utf8');
  const reader = new ResponseReader();
  const places = [...cuts.map(cut => cut % bytes.length), bytes.length].sort((a, b) => a - b);
  let from = 0;
  let answer: Answer | undefined;
  for (const to of places) {
    if (to === from) continue;
    expect(answer).toBeUndefined();
    answer = reader.read(bytes.subarray(from, to));
    from = to;
  }
  return answer ?? reader.end();
}

const SAID = 'Ärger, '.repeat(20);
const BYTES = Buffer.byteLength(SAID);
const ANSWERS: readonly (readonly [what: string, text: string, answer: Answer])[] = [
  [
    'nothing but a status',
    'HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n',
    { status: 204, said: '', reusable: true },
  ],
  [
    'an empty body',
    'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    { status: 200, said: '', reusable: true },
  ],
  [
    'a body of a known length',
    `HTTP/1.1 500 Internal Server Error\r\ncontent-length: ${BYTES}\r\nconnection: keep-alive\r\n\r\n${SAID}`,
    { status: 500, said: SAID.trim(), reusable: true },
  ],
  [
    'chunks, an extension and a trailer',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nexpires: never\r\n\r\n',
    { status: 200, said: 'abc0123456789', reusable: true },
  ],
  [
    'an early hint before it',
    'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno',
    { status: 404, said: 'no', reusable: true },
  ],
  [
    'a body that ends with the connection',
    'HTTP/1.1 429 Too Many Requests\r\n\r\nslowly',
    { status: 429, said: 'slowly', reusable: false },
  ],
  [
    'the end of the connection announced',
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\n.',
    { status: 200, said: '.', reusable: false },
  ],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n.', { status: 200, said: '.', reusable: false }],
];

test.each(ANSWERS)('an answer is read with %s', (_, text, answer) => {
  expect(read(text)).toEqual(answer);
});

test('an answer is the same however its bytes are cut', () => {
  const cut = tuple(constantFrom(...ANSWERS), array(nat(1000), { maxLength: 12 }));
  assert(
    property(cut, ([[, text, answer], cuts]) => {
      expect(read(text, cuts)).toEqual(answer);
    }),
  );
});

test('an answer that is cut short is none', () => {
  for (const [, text, { reusable }] of ANSWERS) {
    if (reusable) expect(read(text.slice(0, -1))).toBeUndefined();
  }
});

test('of a long body only the beginning is kept', () => {
  const answer = read(`HTTP/1.1 500 Oops\r\ncontent-length: 100000\r\n\r\n${'x'.repeat(100_000)}`);
  expect(answer).toEqual({ status: 500, said: 'x'.repeat(500), reusable: true });
});

test('a connection that goes on after its answer takes no other request', () => {
  expect(read('HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n')).toMatchObject({ reusable: false });
});

test.each([
  ['no HTTP', 'SSH-2.0-OpenSSH_9\r\n\r\n', /no answer in HTTP\/1\.1/],
  [
    'a header without end',
    `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(4000)}`,
    /more than 16384 bytes of header/,
  ],
  [
    'a chunk of no size',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n',
    /no size of a chunk/,
  ],
  [
    'a chunk that is longer than it says',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n',
    /longer than it says/,
  ],
])('%s is refused', (_, text, error) => {
  expect(() => read(text)).toThrow(error);
});
