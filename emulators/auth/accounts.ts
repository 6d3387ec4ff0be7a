import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Journal } from '../journal.ts';
import type { Account } from './account.ts';
import { AuthError } from './errors.ts';

/** One line of the journal. */
type JournalRecord = { readonly account: Account } | { readonly deleted: string };

/** What a new account is made of; the rest is given. */
export type NewAccount = Omit<Account, 'localId' | 'number' | 'validSince' | 'createdAt'> &
  Partial<Pick<Account, 'localId'>>;

/** All users: in memory, and in a journal where there is a folder. Every change is checked and written in one turn. */
export class Accounts {
  readonly #byId = new Map<string, Account>();
  readonly #byEmail = new Map<string, string>();
  readonly #now: () => number;
  readonly #journal: Journal<JournalRecord> | undefined;
  #number = 0;

  /** @throws when `dir` holds a journal that cannot be read */
  constructor(dir: string | undefined, now: () => number) {
    this.#now = now;
    if (dir === undefined) return;
    const journal = new Journal<JournalRecord>(join(dir, 'journal.jsonl'));
    for (const record of journal.read()) this.#apply(record);
    journal.rewrite(this.#snapshot());
    this.#journal = journal;
  }

  /** In the order of creation. */
  get all(): Account[] {
    return [...this.#byId.values()];
  }

  find(localId: string): Account | undefined {
    return this.#byId.get(localId);
  }

  findByEmail(email: string): Account | undefined {
    const localId = this.#byEmail.get(email.toLowerCase());
    return localId === undefined ? undefined : this.find(localId);
  }

  /** @throws AuthError DUPLICATE_LOCAL_ID, EMAIL_EXISTS */
  create({ localId = newId(), ...fields }: NewAccount): Account {
    if (this.#byId.has(localId)) throw new AuthError('DUPLICATE_LOCAL_ID');
    const now = this.#now();
    const given = { localId, number: this.#number + 1, validSince: Math.floor(now / 1000), createdAt: now };
    return this.#put({ ...fields, ...given });
  }

  /** Changes the account as it stands now. @throws AuthError USER_NOT_FOUND, EMAIL_EXISTS */
  update(localId: string, changes: Partial<Account>): Account {
    const account = this.find(localId);
    if (!account) throw new AuthError('USER_NOT_FOUND');
    return this.#put({ ...account, ...changes });
  }

  delete(localId: string): void {
    this.#write({ deleted: localId });
  }

  close(): void {
    this.#journal?.close();
  }

  #put(account: Account): Account {
    const holder = account.email === undefined ? undefined : this.#byEmail.get(account.email);
    if (holder !== undefined && holder !== account.localId) throw new AuthError('EMAIL_EXISTS');
    this.#write({ account });
    return account;
  }

  /** On disk first, then visible. */
  #write(record: JournalRecord): void {
    if (this.#journal?.isLarge) this.#journal.rewrite(this.#snapshot());
    this.#journal?.append(record);
    this.#apply(record);
  }

  #apply(record: JournalRecord): void {
    const localId = 'account' in record ? record.account.localId : record.deleted;
    const before = this.#byId.get(localId);
    if (before?.email !== undefined) this.#byEmail.delete(before.email);
    if ('deleted' in record) {
      this.#byId.delete(localId);
      return;
    }
    const { account } = record;
    this.#byId.set(localId, account);
    if (account.email !== undefined) this.#byEmail.set(account.email, localId);
    this.#number = Math.max(this.#number, account.number);
  }

  *#snapshot(): Generator<JournalRecord> {
    for (const account of this.#byId.values()) yield { account };
  }
}

/** 28 letters and digits, as the service gives them. */
function newId(): string {
  return randomBytes(42).toString('base64').replaceAll(/[+/]/g, '').slice(0, 28);
}
