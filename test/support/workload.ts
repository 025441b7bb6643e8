import { type MongoClient, MongoError } from 'mongodb';
import { Random } from './random';
import { operationsFor, type World } from './workloadOperations';

/** Random writes of every kind from several lanes at once, which can be held to look at what is there. */
export class Workload {
  readonly #worlds: readonly World[];
  readonly #counts = new Map<string, { done: number; refused: number }>();
  #held: Promise<void> | undefined;
  #release: (() => void) | undefined;
  #running: Promise<void>[] = [];
  #atWork = 0;
  #whenIdle: (() => void) | undefined;
  #stopped = false;
  #failure: unknown;

  constructor(client: MongoClient, version: string, seed: number, lanes: number) {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    this.#worlds = Array.from({ length: lanes }, (_, lane) => ({
      client,
      version: major + minor / 10,
      random: new Random(seed * 1_009 + lane * 7_919 + 1),
    }));
  }

  /** How often each operation was done and was refused by the server. */
  get counts(): ReadonlyMap<string, { readonly done: number; readonly refused: number }> {
    return this.#counts;
  }

  get done(): number {
    return [...this.#counts.values()].reduce((sum, { done }) => sum + done, 0);
  }

  start(): void {
    this.#running = this.#worlds.map((world) => this.#lane(world));
  }

  /** Resolves when nobody writes any more; `resume` lets them go on. */
  async hold(): Promise<void> {
    this.#held = new Promise((resolve) => (this.#release = resolve));
    if (this.#atWork > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  resume(): void {
    this.#held = undefined;
    this.#release?.();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.resume();
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  async #lane(world: World): Promise<void> {
    const operations = operationsFor(world.version);
    for (;;) {
      while (this.#held) await this.#held;
      if (this.#stopped || this.#failure !== undefined) return;
      const [name, work] = world.random.weighted(operations);
      this.#atWork += 1;
      const count = this.#counts.get(name) ?? { done: 0, refused: 0 };
      this.#counts.set(name, count);
      try {
        await work(world);
        count.done += 1;
      } catch (error) {
        // Lanes drop and rename what others write to: the server may refuse anything, and may not break.
        if (!(error instanceof MongoError) || /^Mongo(Network|ServerSelection)/.test(error.name))
          this.#failure = error;
        count.refused += 1;
      }
      this.#atWork -= 1;
      if (this.#atWork === 0) this.#whenIdle?.();
    }
  }
}
