import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** A checkout with other triggers and otherwise the same steps, for a suite. */
export interface OtherCheckout extends Disposable {
  readonly root: string;
}

/** @param change what becomes of eventarc/triggers.yaml @throws Error when that stays as it is */
export function checkoutWith(change: (triggers: string) => string): OtherCheckout {
  const root = mkdtempSync(join(tmpdir(), 'millrace-checkout-'));
  mkdirSync(join(root, 'eventarc'));
  const triggers = readFileSync(join(ROOT, 'eventarc/triggers.yaml'), 'utf8');
  const changed = change(triggers);
  if (changed === triggers) throw new Error('eventarc/triggers.yaml has nothing to change');
  writeFileSync(join(root, 'eventarc/triggers.yaml'), changed);
  copyFileSync(join(ROOT, 'eventarc/topics.yaml'), join(root, 'eventarc/topics.yaml'));
  for (const folder of ['functions', 'node_modules', 'terraform'])
    symlinkSync(join(ROOT, folder), join(root, folder), 'junction');
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}
