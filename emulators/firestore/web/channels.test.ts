import type { ServerResponse } from 'node:http';
import type { Firestore } from '@google-cloud/firestore';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GrpcError, status } from '../../grpc/errors.ts';
import { type FirestoreEmulator, startFirestore } from '../server.ts';
import { clientOf } from '../testing.ts';
import { Channel } from './channel.ts';
import { parse, RawChannel } from './webchannel.testing.ts';

const DATABASE = 'projects/demo-millrace/databases/(default)';
let emulator: FirestoreEmulator;
let server: Firestore;
beforeAll(async () => {
  emulator = await startFirestore();
  server = clientOf(emulator.port);
});
afterAll(async () => {
  await server.terminate();
  await emulator.stop();
});

const target = (collectionId: string, targetId = 2): object => ({
  database: DATABASE,
  addTarget: {
    targetId,
    query: { parent: `${DATABASE}/documents`, structuredQuery: { from: [{ collectionId }] } },
  },
});

async function listening(collectionId: string): Promise<RawChannel> {
  const channel = new RawChannel(emulator.port, 'Listen', DATABASE, [target(collectionId)]);
  await channel.open();
  await channel.readUntil(payloads => payloads.some(payload => JSON.stringify(payload).includes('CURRENT')));
  return channel;
}

/** The numbers `n` of the documents told of, in order. */
const numbers = (payloads: readonly unknown[]): number[] =>
  payloads.flatMap(payload =>
    [...JSON.stringify(payload).matchAll(/"n":\{"integerValue":"(\d+)"/g)].map(match => Number(match[1])),
  );

test('a handshake that is sent again leads to the same session', async () => {
  const channel = new RawChannel(emulator.port, 'Listen', DATABASE, [target('again')]);
  await channel.open();
  const { sid } = channel;
  await channel.open();
  expect(channel.sid).toBe(sid);
  const payloads = await channel.readUntil(all => all.length >= 3);
  expect(payloads.filter(payload => JSON.stringify(payload).includes('"ADD"'))).toHaveLength(1);
});

test('a session that is not there is answered so that the client opens another', async () => {
  const channel = new RawChannel(emulator.port, 'Listen', DATABASE, []);
  channel.sid = 'gone';
  const { status: code, text } = await channel.post([]);
  expect(code).toBe(400);
  expect(text.indexOf('Unknown SID')).toBeGreaterThan(0);
  expect((await channel.back()).status).toBe(400);
});

test('a session ends when its client says so', async () => {
  const channel = await listening('ended');
  expect(await channel.terminate()).toBe(200);
  expect((await channel.post([])).status).toBe(400);
});

test('a message that is no JSON ends its session', async () => {
  const channel = await listening('nonsense');
  const url = `http://127.0.0.1:${emulator.port}/google.firestore.v1.Firestore/Listen/channel`;
  const broken = await fetch(`${url}?SID=${channel.sid}&AID=1`, {
    method: 'POST',
    body: 'count=1&ofs=1&req0___data__={',
  });
  expect(broken.status).toBe(400);
  expect((await channel.post([])).text).toContain('Unknown SID');
});

test('an answer says whether there is a back channel and what is still to be acknowledged', async () => {
  const channel = new RawChannel(emulator.port, 'Listen', DATABASE, [target('state')]);
  await channel.open();
  const { text } = await channel.post([]);
  const [attached, last, outstanding] = JSON.parse(text.slice(text.indexOf('\n'))) as number[];
  expect([attached, last]).toEqual([0, 3]);
  expect(outstanding).toBeGreaterThan(100);
});

test('a long poll is answered with the next news, and without news when its time is up', async () => {
  const channel = await listening('poll');
  const polled = channel.back('&CI=1').then(response => response.text());
  await server.doc('poll/a').set({ n: 1 });
  expect(numbers(parse(await polled))).toEqual([1]);
  const [id] = parse(await polled).at(-1)!;
  channel.aid = id;
  const idle = await (await channel.back('&CI=1&TO=500')).text();
  expect(parse(idle).every(([, payload]) => JSON.stringify(payload) === '["noop"]')).toBe(true);
});

test('a client that does not read costs bounded memory, holds up nobody, and gets the sum when it reads again', async () => {
  const slow = await listening('slow');
  const quick = await listening('slow');
  const stalled = await slow.back();
  const text = 'x'.repeat(5000);
  const read = quick.readUntil(payloads => numbers(payloads).at(-1) === 99);
  for (let n = 0; n < 100; n++) await server.doc(`slow/d${n % 5}`).set({ n, text });
  expect(numbers(await read).length).toBeGreaterThan(70);
  await stalled.body!.cancel();
  const { text: answer } = await slow.post([]);
  const [, , outstanding] = JSON.parse(answer.slice(answer.indexOf('\n'))) as number[];
  expect(outstanding).toBeLessThan(400_000);
  const last = [95, 96, 97, 98, 99];
  const caughtUp = (all: readonly unknown[]): boolean => last.every(n => numbers(all).includes(n));
  const rest = numbers(await slow.readUntil(caughtUp));
  expect(rest.length).toBeLessThan(60);
  expect(rest.slice(-5).sort()).toEqual(last);
});

test('a session without its client expires, and one with a back channel is kept alive', () => {
  const written: string[] = [];
  const res = {
    write: (text: string) => written.push(text),
    end: () => {},
    on: () => {},
  } as unknown as ServerResponse;
  let closed = 0;
  const channel = new Channel('url', '', 30_000, () => ({
    receive: () => {},
    drained: () => {},
    close: () => closed++,
  }));
  const now = Date.now();
  expect(channel.tick(now + 119_000)).toBe(true);
  expect(channel.tick(now + 121_000)).toBe(false);
  channel.attach({ res, poll: false, pollMs: undefined }, 0);
  expect(parse(written.join(''))).toEqual([[1, ['noop']]]);
  for (const seconds of [29, 31, 59, 62, 200]) expect(channel.tick(now + seconds * 1000)).toBe(true);
  expect(written).toHaveLength(4);
  channel.destroy();
  channel.fail(new GrpcError(status.INTERNAL, 'too late'));
  expect(closed).toBe(1);
});

test('what a write meets ends its stream with the reason, and the writes behind it are not done', async () => {
  const channel = new RawChannel(emulator.port, 'Write', DATABASE, [{ database: DATABASE }]);
  await channel.open();
  await channel.readUntil(payloads => payloads.some(payload => JSON.stringify(payload).includes('streamId')));
  const name = `${DATABASE}/documents/writes/a`;
  const write = { update: { name, fields: {} } };
  await channel.post([{ writes: [{ ...write, currentDocument: { exists: true } }] }, { writes: [write] }]);
  const payloads = await channel.readUntil(all => JSON.stringify(all).includes('error'));
  expect(payloads.at(-1)).toMatchObject([{ error: { status: 'NOT_FOUND' } }]);
  expect((await server.doc('writes/a').get()).exists).toBe(false);
});

test('a write that is sent again, because its answer was lost, is done once', async () => {
  const channel = new RawChannel(emulator.port, 'Write', DATABASE, [{ database: DATABASE }]);
  await channel.open();
  const document = `${DATABASE}/documents/writes/once`;
  const fieldTransforms = [{ fieldPath: 'n', increment: { integerValue: '1' } }];
  const { offset } = channel;
  for (let time = 0; time < 3; time++) {
    channel.offset = offset;
    await channel.post([{ writes: [{ transform: { document, fieldTransforms } }] }]);
  }
  const answers = await channel.readUntil(all => JSON.stringify(all).includes('commitTime'));
  expect(answers.filter(answer => JSON.stringify(answer).includes('commitTime'))).toHaveLength(1);
  expect((await server.doc('writes/once').get()).data()).toEqual({ n: 1 });
});
