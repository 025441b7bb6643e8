import { findElement } from '../core/rawDocument';
import { isTrue } from '../core/rawValue';
import { type ClusterTime, formatClusterTime } from '../core/time';
import { BackupError } from './errors';
import type { RenamedOperation, TargetData } from './ports';
import type { PlannedCollection } from './restorePlan';

/** Bounds of one batch: what the server takes at once, well below 16 MB. */
const batchOperations = 4_000;
const batchBytes = 4 << 20;

export interface PlannedOperation {
  readonly operation: RenamedOperation;
  readonly ts: ClusterTime;
  readonly collection: PlannedCollection;
}

/** Applies operations in order, one batch at the server while the next one fills. */
export class ReplayLane {
  readonly #data: TargetData;
  readonly #onApplied: (operations: number) => void;
  #pending: PlannedOperation[] = [];
  #pendingBytes = 0;
  #applying: Promise<void> = Promise.resolve();

  constructor(data: TargetData, onApplied: (operations: number) => void) {
    this.#data = data;
    this.#onApplied = onApplied;
  }

  /** Whether a batch is to be flushed before an operation of that many bytes is added. */
  isFull(bytes: number): boolean {
    return this.#pending.length >= batchOperations || this.#pendingBytes + bytes > batchBytes;
  }

  add(planned: PlannedOperation): void {
    this.#pending.push(planned);
    this.#pendingBytes += planned.operation.o.length;
  }

  /** Waits for the batch before, throws what that threw, and sends what was gathered. */
  async flush(signal: AbortSignal): Promise<void> {
    await this.#applying;
    if (this.#pending.length === 0) return;
    const batch = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#applying = this.#apply(batch, signal);
    this.#applying.catch(() => undefined); // thrown to whoever waits next
  }

  settled(): Promise<void> {
    return this.#applying;
  }

  async #apply(batch: readonly PlannedOperation[], signal: AbortSignal): Promise<void> {
    const missing = await this.#data.apply(
      batch.map((p) => p.operation),
      signal,
    );
    for (const position of missing) refuseMissing(batch[position]);
    this.#onApplied(batch.length);
  }
}

function refuseMissing(planned: PlannedOperation | undefined): void {
  if (!planned || planned.ts <= planned.collection.tolerantThrough) return;
  const capped = isTrue(findElement(planned.collection.options, 'capped'));
  if (capped) return; // trimmed by the target at another moment than by the source
  throw new BackupError(
    'damaged',
    `an update of ${planned.collection.ns} at ${formatClusterTime(planned.ts)} found no document: the recording or the snapshot is damaged`,
    { hint: 'Nothing was left behind. Run verify, and restore another time or from another snapshot.' },
  );
}
