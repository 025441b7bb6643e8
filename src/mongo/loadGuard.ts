import { setTimeout as wait } from 'node:timers/promises';
import type { MongoClient } from 'mongodb';
import { Pace } from '../core/pace';
import type { RawBatch } from '../engine/ports';

const everyMs = 100;
/** The shortest of so many counts: this thread, busy with a batch, makes some of them look long. */
const pings = 3;

/** Slows reading down while the source answers others late, as seen by a trivial command on a connection of its own. */
export class LoadGuard {
  readonly #client: MongoClient;
  readonly #pace = new Pace();
  readonly #readers = new Set<AbortController>();

  constructor(client: MongoClient) {
    this.#client = client;
  }

  /** The same batches, with a pause after each one while the source is slow. */
  async *guarded(batches: AsyncIterable<RawBatch>, signal: AbortSignal): AsyncGenerator<RawBatch, void> {
    const reader = new AbortController();
    this.#readers.add(reader);
    // One reader measures for all; the next one takes over when it ends.
    void this.#watch(reader);
    try {
      for await (const batch of batches) {
        yield batch;
        if (this.#pace.pauseMs > 0) await pause(this.#pace.pauseMs, signal);
      }
    } finally {
      this.#readers.delete(reader);
      reader.abort();
    }
  }

  async #watch({ signal }: AbortController): Promise<void> {
    while (!signal.aborted) {
      const [first] = this.#readers;
      if (first?.signal === signal) {
        const latencyMs = await this.#measure(signal);
        if (latencyMs !== undefined) this.#pace.heard(latencyMs);
      }
      await pause(everyMs, signal);
    }
  }

  async #measure(signal: AbortSignal): Promise<number | undefined> {
    let shortest = Infinity;
    try {
      for (let i = 0; i < pings; i++) {
        const start = performance.now();
        await this.#client.db('admin').command({ ping: 1 }, { signal });
        shortest = Math.min(shortest, performance.now() - start);
      }
      return shortest;
    } catch {
      return undefined; // the reading itself will say what is wrong
    }
  }
}

/** Resolves after a time, or as soon as the signal is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}
