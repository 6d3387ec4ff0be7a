import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FirestoreEmulator, startFirestore } from '../firestore/server.ts';
import { SecurityRules } from './security-rules.ts';
import { CASES, verdicts, type Who } from './verdicts.testing.ts';

let emulator: FirestoreEmulator;
let found: ReadonlyMap<string, Who[]>;
beforeAll(async () => {
  emulator = await startFirestore({ rules: new SecurityRules() });
  found = await verdicts(emulator.port);
}, 60_000);
afterAll(() => emulator.stop());

describe('of all, by terraform/firestore.rules', () => {
  test.each(CASES)('$what: allowed to $allowed', ({ what, allowed }) => {
    expect(found.get(what)).toEqual(allowed);
  });
});
