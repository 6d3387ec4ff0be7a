/** What listeners know together: whether they are in touch with the server. */
export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** Since when (server's clock, ms) what is shown may be old. */
  | { readonly state: 'lost'; readonly since: number };

/** A query that has lost documents from its limit asks for more, which looks like a cut for a moment. */
const PATIENCE = 1500;

/** Sums up many listeners. Each says whether its last snapshot is the server's. */
export class Connection {
  readonly #now: () => number;
  readonly #synced = new Map<object, boolean>();
  readonly #heard = new Set<(link: Link) => void>();
  #link: Link = { state: 'connecting' };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lostAt: number | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  get link(): Link {
    return this.#link;
  }

  report(listener: object, synced: boolean): void {
    this.#synced.set(listener, synced);
    this.#sum();
  }

  forget(listener: object): void {
    this.#synced.delete(listener);
    this.#sum();
  }

  /** The browser has lost or found its network. */
  network(online: boolean): void {
    if (online) return;
    this.#lostAt ??= this.#now();
    this.#tell({ state: 'lost', since: this.#lostAt });
  }

  subscribe(heard: (link: Link) => void): () => void {
    this.#heard.add(heard);
    return () => this.#heard.delete(heard);
  }

  #sum(): void {
    if (this.#synced.size === 0) return;
    const lost = [...this.#synced.values()].some(synced => !synced);
    if (!lost) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#lostAt = undefined;
      this.#tell({ state: 'live' });
      return;
    }
    this.#lostAt ??= this.#now();
    const since = this.#lostAt;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#lostAt === since) this.#tell({ state: 'lost', since });
    }, PATIENCE);
  }

  #tell(link: Link): void {
    if (link.state === this.#link.state) return;
    this.#link = link;
    for (const heard of this.#heard) heard(link);
  }
}
