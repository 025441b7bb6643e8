/** What the dead do instead of anything else. */
export class Death extends Error {}

/** Counts calls; before one of them, or when it is done, it dies, and so do all that come after. */
export class Life {
  readonly #dies: (call: string, step: number) => 'before' | 'after' | undefined;
  #isDead = false;
  steps = 0;

  constructor(dies: (call: string, step: number) => 'before' | 'after' | undefined = () => undefined) {
    this.#dies = dies;
  }

  async step<T>(call: string, work: () => Promise<T>): Promise<T> {
    const dies = this.#isDead ? 'before' : this.#dies(call, ++this.steps);
    if (dies !== undefined) this.#isDead = true;
    if (dies === 'before') throw new Death();
    const result = await work();
    if (dies === 'after') throw new Death();
    return result;
  }

  /** An object of functions that wait. */
  wrap<Port extends object>(port: Port): Port {
    const functions = Object.entries(port).map(([name, call]) => {
      const work = call as (...words: unknown[]) => Promise<unknown>;
      return [name, (...words: unknown[]) => this.step(name, () => work(...words))];
    });
    return Object.fromEntries(functions) as Port;
  }
}
