import type { RawBatch } from './ports';

/** A batch of so many bytes was not all there is: the next one is asked for at once. */
const catchingUpBytes = 1 << 20;

/**
 * Joins what arrives within a short time, so that one reply of the source and one fsync serve many entries; holds a
 * bounded amount. After each batch the source is left alone for that time; the first entry after a quiet time is taken
 * at once.
 */
export class GatheredBatches {
  readonly #gatherMs: number;
  readonly #limit: number;
  #pending: RawBatch[] = [];
  #bytes = 0;
  #sawIdle = false;
  #closed = false;
  #ended = false;
  #error: unknown;
  #wakeTaker: (() => void) | undefined;
  #wakeFiller: (() => void) | undefined;
  #endRest: (() => void) | undefined;

  constructor(gatherMs: number, limit: number) {
    this.#gatherMs = gatherMs;
    this.#limit = limit;
  }

  /** Whether the source had nothing more when the last batch was taken. */
  get idle(): boolean {
    return this.#sawIdle && this.#pending.length === 0;
  }

  async fill(batches: AsyncIterable<RawBatch>): Promise<void> {
    try {
      for await (const batch of batches) {
        this.#sawIdle = batch.documents === 0;
        this.#pending.push(batch);
        this.#bytes += batch.bytes.length;
        this.#wakeTaker?.();
        while (this.#bytes >= this.#limit && !this.#closed) {
          await new Promise<void>((resolve) => (this.#wakeFiller = resolve));
        }
        if (batch.documents > 0 && batch.bytes.length < catchingUpBytes) await this.#rest();
        if (this.#closed) return;
      }
    } catch (error) {
      this.#error = error;
      throw error;
    } finally {
      this.#ended = true;
      this.#wakeTaker?.();
    }
  }

  /** Lets the filler go when nobody takes any more. */
  close(): void {
    this.#closed = true;
    this.#wakeFiller?.();
    this.#endRest?.();
  }

  /** All that is there, empty when the source is idle; `undefined` at the end. Throws what the source threw. */
  async take(): Promise<RawBatch | undefined> {
    while (this.#pending.length === 0) {
      if (this.#ended) {
        if (this.#error !== undefined) throw this.#error as Error;
        return undefined;
      }
      await new Promise<void>((resolve) => (this.#wakeTaker = resolve));
    }
    const pending = this.#pending;
    this.#pending = [];
    this.#bytes = 0;
    this.#wakeFiller?.();
    const [only] = pending;
    if (only && pending.length === 1) return only;
    return {
      bytes: Buffer.concat(pending.map((b) => b.bytes)),
      documents: pending.reduce((sum, b) => sum + b.documents, 0),
    };
  }

  async #rest(): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#gatherMs);
      this.#endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endRest = undefined;
  }
}
