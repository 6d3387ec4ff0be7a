import { GrpcError, status } from '../grpc/errors.ts';

/** Whoever can hold locks; a smaller age is older and wins a deadlock. */
export interface Owner {
  readonly age: number;
  /** Called when this owner is the one to give way: it must release everything. */
  abort(): void;
}

interface Waiter {
  /** Undefined for a commit outside transactions: it holds nothing, so it cannot be part of a deadlock. */
  readonly owner: Owner | undefined;
  readonly proceed: () => void;
  readonly fail: (error: Error) => void;
}

interface Lock {
  owner: Owner;
  waiters: Waiter[];
}

export const contention = (): GrpcError =>
  new GrpcError(
    status.ABORTED,
    'Aborted due to cross-transaction contention. This occurs when multiple transactions attempt to access the same data, requiring Firestore to abort at least one in order to enforce serializability.',
  );

/** Exclusive locks on document names, first come, first served. */
export class Locks {
  readonly #locks = new Map<string, Lock>();
  /** Names that each owner holds. */
  readonly #held = new Map<Owner, Set<string>>();

  /** Resolves once the owner holds the name; rejects with ABORTED where a deadlock makes it give way. */
  acquire(owner: Owner, name: string): Promise<void> | undefined {
    const lock = this.#locks.get(name);
    if (!lock) {
      this.#locks.set(name, { owner, waiters: [] });
      this.#note(owner, name);
      return undefined;
    }
    if (lock.owner === owner) return undefined;
    const granted = new Promise<void>((resolve, reject) => {
      lock.waiters.push({ owner, proceed: resolve, fail: reject });
    });
    this.#breakDeadlock(owner);
    return granted;
  }

  /** Runs the action at once, or as soon as nobody else holds any of the names. */
  whenFree(names: readonly string[], owner: Owner | undefined, action: () => void): void {
    const lock = this.#blocking(names, owner);
    if (!lock) {
      action();
      return;
    }
    lock.waiters.push({
      owner: undefined,
      proceed: () => this.whenFree(names, owner, action),
      fail: () => {},
    });
  }

  #blocking(names: readonly string[], owner: Owner | undefined): Lock | undefined {
    if (this.#locks.size === 0) return undefined;
    for (const name of names) {
      const lock = this.#locks.get(name);
      if (lock && lock.owner !== owner) return lock;
    }
    return undefined;
  }

  /** Gives up all locks and all waiting of the owner. */
  release(owner: Owner): void {
    const names = this.#held.get(owner);
    this.#held.delete(owner);
    for (const lock of this.#locks.values()) {
      const mine = lock.waiters.filter(waiter => waiter.owner === owner);
      if (mine.length === 0) continue;
      lock.waiters = lock.waiters.filter(waiter => waiter.owner !== owner);
      for (const waiter of mine) waiter.fail(contention());
    }
    for (const name of names ?? []) this.#pass(name);
  }

  #pass(name: string): void {
    const lock = this.#locks.get(name)!;
    this.#locks.delete(name);
    while (lock.waiters.length > 0) {
      const next = lock.waiters.shift()!;
      if (next.owner) {
        const { owner } = next;
        this.#locks.set(name, { owner, waiters: lock.waiters });
        this.#note(owner, name);
        // The same owner may have asked twice, from two requests at once.
        const again = lock.waiters.filter(waiter => waiter.owner === owner);
        this.#locks.get(name)!.waiters = lock.waiters.filter(waiter => waiter.owner !== owner);
        for (const waiter of [next, ...again]) waiter.proceed();
        return;
      }
      next.proceed();
    }
  }

  #note(owner: Owner, name: string): void {
    const names = this.#held.get(owner);
    if (names) names.add(name);
    else this.#held.set(owner, new Set([name]));
  }

  /** The youngest owner of a circle of waiting gives way; repeats until no circle is left. */
  #breakDeadlock(start: Owner): void {
    for (;;) {
      const circle = this.#circle(start);
      if (!circle) return;
      const youngest = circle.reduce((a, b) => (b.age > a.age ? b : a));
      youngest.abort();
      if (youngest === start) return;
    }
  }

  #circle(start: Owner): Owner[] | undefined {
    const waitsFor = this.#waitsFor();
    const seen = new Set<Owner>();
    const walk = (owner: Owner, path: Owner[]): Owner[] | undefined => {
      for (const next of waitsFor.get(owner) ?? []) {
        if (next === start) return path;
        if (seen.has(next)) continue;
        seen.add(next);
        const found = walk(next, [...path, next]);
        if (found) return found;
      }
      return undefined;
    };
    return walk(start, [start]);
  }

  /** A waiter waits for the holder and for those ahead of it, who will be holders first. */
  #waitsFor(): Map<Owner, Set<Owner>> {
    const graph = new Map<Owner, Set<Owner>>();
    for (const lock of this.#locks.values()) {
      const ahead: Owner[] = [lock.owner];
      for (const { owner } of lock.waiters) {
        if (!owner) continue;
        const edges = graph.get(owner) ?? new Set();
        for (const other of ahead) if (other !== owner) edges.add(other);
        graph.set(owner, edges);
        ahead.push(owner);
      }
    }
    return graph;
  }
}
