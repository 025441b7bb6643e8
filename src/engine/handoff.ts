/** Passes items from one loop to another, one at a time: giving waits until the item before is taken. */
export class Handoff<Item> implements AsyncIterable<Item> {
  #item: { readonly value: Item } | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void)[] = [];

  /** Already given and ended. */
  static of<Item>(item: Item): Handoff<Item> {
    const handoff = new Handoff<Item>();
    handoff.#item = { value: item };
    handoff.#ended = true;
    return handoff;
  }

  async give(value: Item): Promise<void> {
    while (this.#item && !this.#failure) await this.#change();
    if (this.#failure) throw this.#failure.error;
    this.#item = { value };
    this.#changed();
  }

  end(): void {
    this.#ended = true;
    this.#changed();
  }

  /** Both sides throw from now on. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#changed();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    for (;;) {
      if (this.#failure) throw this.#failure.error;
      const item = this.#item;
      if (item) {
        this.#item = undefined;
        this.#changed();
        yield item.value;
      } else if (this.#ended) {
        return;
      } else {
        await this.#change();
      }
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #changed(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
