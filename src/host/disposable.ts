export interface Disposing {
  dispose(): unknown;
}

/** Owns what it registers; what is registered after disposal is disposed at once. */
export abstract class Disposable {
  readonly #owned: Disposing[] = [];
  #disposed = false;

  protected register<T extends Disposing>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#owned.push(item);
    return item;
  }

  protected get isDisposed(): boolean {
    return this.#disposed;
  }

  /** Newest first. */
  dispose(): void {
    this.#disposed = true;
    for (const item of this.#owned.splice(0).reverse()) item.dispose();
  }
}
