import type { ClusterTime } from '../core/time';
import { foundNothing } from './foldedDocuments';
import type { RenamedOperation, TargetData } from './ports';
import type { PlannedCollection } from './restorePlan';

/** Bounds of one batch: what the server takes at once, well below 16 MB. */
const batchOperations = 2_000;
const batchBytes = 2 << 20;

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

  /** Whether a batch is to be flushed before this operation is added. */
  isFull({ operation }: PlannedOperation): boolean {
    return this.#pending.length >= batchOperations || this.#pendingBytes + sizeOf(operation) > batchBytes;
  }

  add(planned: PlannedOperation): void {
    this.#pending.push(planned);
    this.#pendingBytes += sizeOf(planned.operation);
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
    for (const position of missing) {
      const { ts, collection } = batch[position] as PlannedOperation;
      if (ts > collection.tolerantThrough) throw foundNothing(collection, ts);
    }
    this.#onApplied(batch.length);
  }
}

/** With its envelope; an update names a document by its `_id`, which may be large. */
function sizeOf({ o, o2 }: RenamedOperation): number {
  return o.length + (o2?.length ?? 0) + 64;
}
