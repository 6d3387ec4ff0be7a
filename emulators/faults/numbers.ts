/** Numbers messages in the order in which they first come, so that a seed means the same in every run. */
export class Numbers {
  readonly #of = new Map<string, number>();
  #last = 0;

  /** The message's number, 1 for the first; the same at each of its deliveries until it is forgotten. */
  of(messageId: string): number {
    const known = this.#of.get(messageId) ?? ++this.#last;
    this.#of.set(messageId, known);
    return known;
  }

  forget(messageId: string): void {
    this.#of.delete(messageId);
  }
}
