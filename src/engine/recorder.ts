import { CoreError } from '../core/coreError';
import { readOplogEntry } from '../core/oplogEntry';
import { equalBytes, lastDocument, splitDocuments } from '../core/rawDocument';
import { quote, type Said, say } from '../core/say';
import type { GapReason, LineageStart } from '../core/segment';
import { type ClusterTime, justBefore } from '../core/time';
import { TransactionAssembler } from '../core/transactions';
import { BackupError, isAbort } from './errors';
import { GatheredBatches } from './gatheredBatches';
import { pause } from './pause';
import type { OplogSource, RawBatch, RecordedPosition, SegmentStore } from './ports';

/** What a recorder is doing, told at each change and at least once a second. */
export interface RecorderFacts {
  readonly lineage: string | undefined;
  readonly state: 'catchingUp' | 'recording' | 'stalled';
  /** Durable up to here. */
  readonly position: ClusterTime | undefined;
  readonly lagMs: number | undefined;
  /** When the position moved last, if it stands still now. */
  readonly stalledSinceMs: number | undefined;
  readonly reason: Said | undefined;
}

export interface RecorderOptions {
  readonly sealAfterMs: number;
  readonly sealAfterBytes: number;
  /** After entries came, the source is asked again after this long, and they are made durable together. */
  readonly gatherMs: number;
  readonly retryMs: number;
  readonly maxRetryMs: number;
  /** With nothing new for so long, not even a no-op entry, recording is stalled. */
  readonly stalledAfterMs: number;
  /** Without any answer for so long, not even that there is nothing new, it is stalled too. */
  readonly silentAfterMs: number;
}

export const defaultRecorderOptions: RecorderOptions = {
  sealAfterMs: 60_000,
  sealAfterBytes: 16 << 20,
  gatherMs: 40,
  retryMs: 250,
  maxRetryMs: 10_000,
  stalledAfterMs: 30_000,
  silentAfterMs: 4_000,
};

export interface RecorderPorts {
  readonly source: OplogSource;
  readonly store: SegmentStore;
  /** Wall clock, milliseconds since 1970: only told, never measured with. */
  readonly now: () => number;
  /** Milliseconds that never jump. */
  readonly elapsed: () => number;
}

/** Frames aim at this many raw bytes. */
const frameBytes = 4 << 20;
const tickMs = 1_000;

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
  /** Whether the lineage was begun by this recorder and nothing has been read since. */
  #begun = false;
  /** The lineage cannot go on after this time. */
  #broken: LineageStart['gap'];
  #confirmed = false;
  #position: ClusterTime | undefined;
  #lastEntry: Uint8Array | undefined;
  #lastWallMs: number | undefined;
  #facts: RecorderFacts;
  #movedAtMs: number;
  #moved: number;
  #heard: number;
  #writing = false;
  #told = -Infinity;
  #sealed: number;

  constructor(
    ports: RecorderPorts,
    onFacts: (facts: RecorderFacts) => void,
    options = defaultRecorderOptions,
  ) {
    this.#ports = ports;
    this.#options = options;
    this.#onFacts = onFacts;
    this.#movedAtMs = ports.now();
    this.#moved = this.#heard = this.#sealed = ports.elapsed();
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

  get facts(): RecorderFacts {
    return this.#facts;
  }

  /**
   * Records until aborted, then seals. Trouble with the server or the disk is retried for ever and told; a segment that
   * cannot be sealed at the end is told too, and closed by the next recorder. Throws when the lock is lost.
   */
  async run(signal: AbortSignal): Promise<ClusterTime | undefined> {
    this.#take(await this.#ports.store.resume());
    const ticking = setInterval(() => this.#tick(), tickMs);
    try {
      await this.#followForEver(signal);
    } finally {
      clearInterval(ticking);
    }
    try {
      await this.#ports.store.seal();
    } catch (error) {
      if (!isRetryable(error)) throw error;
      this.#tell({ state: 'stalled', reason: reasonOf(error) }, true);
    }
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
    const { last, damagedAfter } = recorded;
    if (damagedAfter !== undefined) this.#broken = { after: damagedAfter, reason: 'damaged' };
    if (!last) return;
    this.#position = last.through;
    this.#lastEntry = last.entry;
    this.#lastWallMs = readOplogEntry(last.entry).wallMs;
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiters]) wake();
  }

  async #followForEver(signal: AbortSignal): Promise<void> {
    let retryMs = this.#options.retryMs;
    while (!signal.aborted) {
      const before = this.#position;
      try {
        if ((await this.#follow(signal)) === 'ended') await pause(this.#options.retryMs, signal);
      } catch (error) {
        if (isAborted(signal)) return;
        if (!isRetryable(error)) throw error;
        if (this.#position !== before) retryMs = this.#options.retryMs;
        this.#heard = this.#ports.elapsed();
        this.#tell({ state: 'stalled', reason: reasonOf(error) }, true);
        await pause(retryMs, signal);
        retryMs = Math.min(retryMs * 2, this.#options.maxRetryMs);
      }
    }
  }

  /** One cursor's life. */
  async #follow(signal: AbortSignal): Promise<'ended' | 'diverged'> {
    const last = this.#lastEntry;
    if (last) this.#confirmed = false;
    const from = last ? readOplogEntry(last).ts : await this.#begin(signal);
    const stop = new AbortController();
    const batches = this.#ports.source.read(from, AbortSignal.any([signal, stop.signal]));
    const gathered = new GatheredBatches(this.#options.gatherMs, frameBytes);
    const reading = gathered.fill(batches);
    reading.catch(() => undefined); // rethrown by take()
    try {
      for (let first = true; ;) {
        let batch = await gathered.take();
        if (!batch) return 'ended';
        this.#heard = this.#ports.elapsed();
        if (first && batch.documents > 0) {
          first = false;
          const joined = last ? afterExpected(batch, last) : cleanStart(batch, from);
          if (!joined) {
            if (last) await this.#diverge(last, reasonOfFirst(batch, last), signal);
            return last ? 'diverged' : 'ended';
          }
          this.#confirmed = true;
          batch = joined;
        } else if (first && last && (await this.#isBehind(from, signal))) {
          await this.#diverge(last, 'rolledBack', signal);
          return 'diverged';
        }
        await this.#keep(batch, gathered.idle);
      }
    } finally {
      stop.abort();
      gathered.close();
      await reading.catch(() => undefined);
    }
  }

  /** The first lineage of a repository, or the next one, or one that was begun before and holds nothing yet. */
  async #begin(signal: AbortSignal): Promise<ClusterTime> {
    if (this.#lineage && this.#begun) {
      this.#begun = false;
      return this.#lineage.start;
    }
    const start = await this.#ports.source.safeStart(signal);
    const gap = this.#broken ?? this.#lineage?.gap;
    await this.#beginLineage(start, gap, this.#broken ? undefined : this.#lineage?.id);
    this.#begun = false;
    return start;
  }

  /** The first entry is not the last one recorded: what lies between is lost. */
  async #diverge(lastEntry: Uint8Array, reason: GapReason | 'later', signal: AbortSignal): Promise<void> {
    const last = readOplogEntry(lastEntry).ts;
    const { source, store } = this.#ports;
    // An entry that is gone although older ones are still there was not pushed out: it was undone.
    const why =
      reason !== 'later' ? reason : (await source.oldest(signal)) > last ? 'rolledOver' : 'rolledBack';
    const start = await source.safeStart(signal);
    await store.seal();
    await this.#beginLineage(start, { after: last, reason: why }, undefined);
  }

  async #beginLineage(
    start: ClusterTime,
    gap: LineageStart['gap'],
    again: string | undefined,
  ): Promise<void> {
    const begin = { start, startedAtMs: this.#ports.now(), ...(gap ? { gap } : {}) };
    this.#lineage = await this.#ports.store.beginLineage(begin, again);
    this.#begun = true;
    this.#broken = undefined;
    this.#confirmed = false;
    this.#lastEntry = undefined;
    this.#position = justBefore(start);
  }

  /** Whether a primary's history ends before what was recorded of it, and stays so. */
  async #isBehind(last: ClusterTime, signal: AbortSignal): Promise<boolean> {
    if (this.#ports.elapsed() - this.#moved <= this.#options.stalledAfterMs) return false;
    const { newest, primary } = await this.#ports.source.position(signal);
    return primary && newest < last;
  }

  async #keep(batch: RawBatch, idle: boolean): Promise<void> {
    const { now, elapsed, store } = this.#ports;
    if (batch.documents > 0) {
      const last = lastDocument(batch.bytes) ?? batch.bytes;
      const entry = readOplogEntry(last);
      this.#writing = true;
      await store.append(batch, entry.ts).finally(() => (this.#writing = false));
      this.#lastEntry = last.slice();
      this.#lastWallMs = entry.wallMs;
      this.#position = entry.ts;
      this.#moved = this.#heard = elapsed();
      this.#movedAtMs = now();
      this.#wake();
      const lagMs = idle ? 0 : this.#behindMs();
      this.#tell(
        { state: idle || (lagMs ?? 0) < 1_000 ? 'recording' : 'catchingUp', lagMs, reason: undefined },
        false,
      );
    } else if (elapsed() - this.#moved > this.#options.stalledAfterMs) {
      this.#tell({ state: 'stalled', reason: say`the server has no new majority-committed entries` }, false);
    } else if (this.#confirmed) {
      this.#tell({ state: 'recording', lagMs: 0, reason: undefined }, false);
    } else {
      this.#tell({ state: 'catchingUp', reason: undefined }, false);
    }
    await this.#sealIfDue();
  }

  async #sealIfDue(): Promise<void> {
    const now = this.#ports.elapsed();
    const { openBytes } = this.#ports.store;
    if (openBytes === 0) {
      this.#sealed = now;
    } else if (openBytes >= this.#options.sealAfterBytes || now - this.#sealed >= this.#options.sealAfterMs) {
      await this.#ports.store.seal();
      this.#sealed = now;
    }
  }

  /** Whatever is awaited: nothing is said to be recording while nothing is heard. */
  #tick(): void {
    const silent = this.#ports.elapsed() - this.#heard > this.#options.silentAfterMs;
    if (silent) {
      const silence = this.#writing
        ? say`the disk that holds the repository does not answer`
        : say`the server does not answer`;
      this.#tell({ state: 'stalled', reason: this.#facts.reason ?? silence }, false);
    } else {
      this.#tell({}, false);
    }
  }

  #behindMs(): number | undefined {
    return this.#lastWallMs === undefined ? undefined : Math.max(0, this.#ports.now() - this.#lastWallMs);
  }

  #tell(change: Partial<RecorderFacts>, always: boolean): void {
    const before = this.#facts;
    const state = change.state ?? before.state;
    const stalledSinceMs = state === 'stalled' ? (before.stalledSinceMs ?? this.#movedAtMs) : undefined;
    const lagMs = state === 'stalled' ? this.#behindMs() : before.lagMs;
    const { lineage } = this;
    this.#facts = {
      ...before,
      lagMs,
      ...change,
      lineage: lineage?.id,
      position: this.#position,
      stalledSinceMs,
    };
    const now = this.#ports.elapsed();
    if (!always && before.state === state && now - this.#told < tickMs / 2) return;
    this.#told = now;
    this.#onFacts(this.#facts);
  }
}

/** The batch without its first entry when that is the one expected, else `undefined`. */
function afterExpected(batch: RawBatch, expected: Uint8Array): RawBatch | undefined {
  const [first] = splitDocuments(batch.bytes);
  if (!first || !equalBytes(first, expected)) return undefined;
  return { bytes: batch.bytes.subarray(first.length), documents: batch.documents - 1 };
}

/** The batch when it begins exactly at `start` and not in the middle of a transaction, else `undefined`. */
function cleanStart(batch: RawBatch, start: ClusterTime): RawBatch | undefined {
  const [first] = splitDocuments(batch.bytes);
  const entry = first && readOplogEntry(first);
  if (entry?.ts !== start) return undefined;
  try {
    new TransactionAssembler().push(entry);
    return batch;
  } catch (error) {
    if (error instanceof CoreError) return error.code === 'gap' ? undefined : batch;
    throw error;
  }
}

function reasonOfFirst(batch: RawBatch, expected: Uint8Array): 'rolledBack' | 'later' {
  const [first] = splitDocuments(batch.bytes);
  return first && readOplogEntry(first).ts > readOplogEntry(expected).ts ? 'later' : 'rolledBack';
}

const retryable: ReadonlySet<string> = new Set([
  'unreachable',
  'serverFailed',
  'repositoryFull',
  'repositoryUnwritable',
]);

function isRetryable(error: unknown): boolean {
  return isAbort(error) || (error instanceof BackupError && retryable.has(error.code));
}

/** The compiler takes what `while` has found for unchanged since. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function reasonOf(error: unknown): Said {
  return quote(error instanceof Error ? error.message : String(error));
}
