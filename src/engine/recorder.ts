import { readOplogEntry } from '../core/oplogEntry';
import { equalBytes, splitDocuments } from '../core/rawDocument';
import type { GapReason, LineageStart } from '../core/segment';
import { type ClusterTime, justBefore } from '../core/time';
import { BackupError, isAbort } from './errors';
import type { OplogSource, RawBatch, RecordedPosition, SegmentStore } from './ports';

/** What a recorder is doing, told at each change and at least once a second. */
export interface RecorderFacts {
  readonly lineage: string | undefined;
  readonly state: 'catchingUp' | 'recording' | 'stalled';
  /** Durable up to here. */
  readonly position: ClusterTime | undefined;
  readonly lagMs: number | undefined;
  readonly stalledSinceMs: number | undefined;
  readonly reason: string | undefined;
}

export interface RecorderOptions {
  readonly sealAfterMs: number;
  readonly sealAfterBytes: number;
  /** Entries are gathered for at most this long before they are made durable together. */
  readonly gatherMs: number;
  readonly retryMs: number;
  readonly maxRetryMs: number;
  /** With nothing new for so long, not even a no-op entry, recording is stalled. */
  readonly stalledAfterMs: number;
}

export const defaultRecorderOptions: RecorderOptions = {
  sealAfterMs: 60_000,
  sealAfterBytes: 16 << 20,
  gatherMs: 50,
  retryMs: 250,
  maxRetryMs: 10_000,
  stalledAfterMs: 30_000,
};

export interface RecorderPorts {
  readonly source: OplogSource;
  readonly store: SegmentStore;
  readonly now: () => number;
}

/** Frames aim at this many raw bytes. */
const frameBytes = 4 << 20;

/**
 * Copies the oplog into a repository's segments. Only majority-committed entries are recorded, and the position moves
 * only when they are durable. What is missing between two recordings becomes a gap and a new lineage.
 */
export class Recorder {
  readonly #ports: RecorderPorts;
  readonly #options: RecorderOptions;
  readonly #onFacts: (facts: RecorderFacts) => void;
  readonly #waiters = new Set<() => void>();
  #lineage: LineageStart | undefined;
  #confirmed = false;
  #position: ClusterTime | undefined;
  #lastEntry: Uint8Array | undefined;
  #facts: RecorderFacts;
  #movedAtMs: number;
  #toldAtMs = 0;
  #sealedAtMs: number;

  constructor(
    ports: RecorderPorts,
    onFacts: (facts: RecorderFacts) => void,
    options = defaultRecorderOptions,
  ) {
    this.#ports = ports;
    this.#options = options;
    this.#onFacts = onFacts;
    this.#movedAtMs = this.#sealedAtMs = ports.now();
    this.#facts = {
      lineage: undefined,
      state: 'catchingUp',
      position: undefined,
      lagMs: undefined,
      stalledSinceMs: undefined,
      reason: undefined,
    };
  }

  /** The lineage being recorded, once known. */
  get lineage(): LineageStart | undefined {
    return this.#lineage;
  }

  /** Whether the source has been seen to continue the lineage; before that there may turn out to be a gap. */
  get confirmed(): boolean {
    return this.#confirmed;
  }

  get position(): ClusterTime | undefined {
    return this.#position;
  }

  /** Records until aborted, then seals. Trouble with the server or the disk is retried for ever and told. */
  async run(signal: AbortSignal): Promise<ClusterTime | undefined> {
    this.#take(await this.#ports.store.resume());
    let retryMs = this.#options.retryMs;
    while (!signal.aborted) {
      const before = this.#position;
      try {
        if ((await this.#follow(signal)) === 'ended') await sleep(this.#options.retryMs, signal);
      } catch (error) {
        if (signal.aborted) break;
        if (!isRetryable(error)) throw error;
        if (this.#position !== before) retryMs = this.#options.retryMs;
        this.#tell({ state: 'stalled', reason: reasonOf(error) }, true);
        await sleep(retryMs, signal);
        retryMs = Math.min(retryMs * 2, this.#options.maxRetryMs);
      }
    }
    await this.#ports.store.seal();
    return this.#position;
  }

  /** Resolves once everything through `time` is durable in the current lineage; rejects when aborted. */
  async waitFor(time: ClusterTime, signal: AbortSignal): Promise<void> {
    while (this.#position === undefined || this.#position < time) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiters.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiters.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }

  #take(recorded: RecordedPosition | undefined): void {
    if (!recorded) return;
    this.#lineage = recorded.lineage;
    this.#position = recorded.last?.through;
    this.#lastEntry = recorded.last?.entry;
  }

  /** One cursor's life. */
  async #follow(signal: AbortSignal): Promise<'ended' | 'diverged'> {
    const last = this.#lastEntry;
    const from = last ? readOplogEntry(last).ts : await this.#begin(signal);
    const stop = new AbortController();
    const batches = this.#ports.source.read(from, AbortSignal.any([signal, stop.signal]));
    const gathered = new GatheredBatches(this.#options.gatherMs, frameBytes);
    const reading = gathered.fill(batches);
    reading.catch(() => undefined); // rethrown by take()
    try {
      let expected = last;
      for (;;) {
        let batch = await gathered.take();
        if (!batch) return 'ended';
        if (expected && batch.documents > 0) {
          const rest = afterExpected(batch, expected);
          if (!rest) {
            await this.#diverged(batch, expected, signal);
            return 'diverged';
          }
          expected = undefined;
          this.#confirmed = true;
          batch = rest;
        }
        await this.#keep(batch, gathered.idle);
      }
    } finally {
      stop.abort();
      gathered.close();
      await reading.catch(() => undefined);
    }
  }

  /** The first lineage of a repository, or one that was begun before and holds nothing yet. */
  async #begin(signal: AbortSignal): Promise<ClusterTime> {
    const start = await this.#ports.source.safeStart(signal);
    const { id = '0001', gap } = this.#lineage ?? {};
    await this.#beginLineage({ id, start, startedAtMs: this.#ports.now(), ...(gap ? { gap } : {}) });
    return start;
  }

  /** The first entry is not the last one recorded: what lies between is lost. */
  async #diverged(batch: RawBatch, expected: Uint8Array, signal: AbortSignal): Promise<void> {
    const [first] = splitDocuments(batch.bytes);
    const last = readOplogEntry(expected);
    const found = first && readOplogEntry(first);
    const reason: GapReason = found && found.ts > last.ts ? 'rolledOver' : 'rolledBack';
    const start = await this.#ports.source.safeStart(signal);
    await this.#ports.store.seal();
    const id = String(Number(this.#lineage?.id ?? '0') + 1).padStart(4, '0');
    await this.#beginLineage({ id, start, startedAtMs: this.#ports.now(), gap: { after: last.ts, reason } });
  }

  async #beginLineage(start: LineageStart): Promise<void> {
    await this.#ports.store.beginLineage(start);
    this.#lineage = start;
    this.#confirmed = true;
    this.#lastEntry = undefined;
    this.#position = justBefore(start.start);
  }

  async #keep(batch: RawBatch, idle: boolean): Promise<void> {
    const now = this.#ports.now();
    if (batch.documents > 0) {
      let last: Uint8Array = batch.bytes;
      for (const document of splitDocuments(batch.bytes)) last = document;
      const entry = readOplogEntry(last);
      await this.#ports.store.append(batch, entry.ts);
      this.#lastEntry = last.slice();
      this.#position = entry.ts;
      this.#movedAtMs = this.#ports.now();
      for (const wake of [...this.#waiters]) wake();
      const lagMs = idle ? 0 : Math.max(0, this.#ports.now() - (entry.wallMs ?? now));
      this.#tell(
        { state: idle || lagMs < 1_000 ? 'recording' : 'catchingUp', lagMs, reason: undefined },
        false,
      );
    } else if (now - this.#movedAtMs > this.#options.stalledAfterMs) {
      this.#tell(
        { state: 'stalled', reason: 'nothing is committed by a majority of the replica set' },
        false,
      );
    } else {
      this.#tell({ state: 'recording', lagMs: 0, reason: undefined }, false);
    }
    await this.#sealIfDue();
  }

  async #sealIfDue(): Promise<void> {
    const now = this.#ports.now();
    const { openBytes } = this.#ports.store;
    if (openBytes === 0) {
      this.#sealedAtMs = now;
    } else if (
      openBytes >= this.#options.sealAfterBytes ||
      now - this.#sealedAtMs >= this.#options.sealAfterMs
    ) {
      await this.#ports.store.seal();
      this.#sealedAtMs = now;
    }
  }

  #tell(change: Partial<RecorderFacts>, always: boolean): void {
    const before = this.#facts;
    const state = change.state ?? before.state;
    const stalledSinceMs = state === 'stalled' ? (before.stalledSinceMs ?? this.#movedAtMs) : undefined;
    this.#facts = {
      ...before,
      ...change,
      lineage: this.#lineage?.id,
      position: this.#position,
      stalledSinceMs,
    };
    const now = this.#ports.now();
    if (!always && before.state === state && now - this.#toldAtMs < 500) return;
    this.#toldAtMs = now;
    this.#onFacts(this.#facts);
  }
}

/** The batch without its first entry when that is the one expected, else `undefined`. */
function afterExpected(batch: RawBatch, expected: Uint8Array): RawBatch | undefined {
  const [first] = splitDocuments(batch.bytes);
  if (!first || !equalBytes(first, expected)) return undefined;
  return { bytes: batch.bytes.subarray(first.length), documents: batch.documents - 1 };
}

/** Joins what arrives within a short time, so that one fsync serves many entries; holds a bounded amount. */
class GatheredBatches {
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
        while (this.#bytes >= this.#limit && !this.#closed)
          await new Promise<void>((resolve) => (this.#wakeFiller = resolve));
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
    if (this.#bytes > 0 && this.#bytes < this.#limit && !this.#ended) await this.#gather();
    const pending = this.#pending;
    this.#pending = [];
    this.#bytes = 0;
    this.#wakeFiller?.();
    return {
      bytes: Buffer.concat(pending.map((b) => b.bytes)),
      documents: pending.reduce((sum, b) => sum + b.documents, 0),
    };
  }

  async #gather(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#gatherMs);
      this.#wakeTaker = () => {
        if (this.#bytes < this.#limit && !this.#ended) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wakeTaker = undefined;
  }
}

function isRetryable(error: unknown): boolean {
  if (isAbort(error)) return true;
  if (error instanceof BackupError)
    return (
      error.code === 'unreachable' ||
      error.code === 'repositoryFull' ||
      error.code === 'repositoryUnwritable' ||
      error.code === 'serverFailed'
    );
  return false;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
