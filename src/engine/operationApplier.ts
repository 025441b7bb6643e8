import { updateForm } from '../core/applyUpdate';
import { documentKey } from '../core/documentKey';
import { hasEmptyTimestamp } from '../core/emptyTimestamp';
import { formatNamespace } from '../core/namespace';
import { findElement, writeDocument } from '../core/rawDocument';
import { say } from '../core/say';
import { formatClusterTime } from '../core/time';
import type { Operation } from '../core/transactions';
import { BackupError } from './errors';
import type { RenamedOperation, TargetData } from './ports';
import { ReplayLane } from './replayLane';
import type { PlannedCollection } from './restorePlan';

const laneCount = 3;

/** What is known of the number of documents in a collection. */
type Count =
  | { readonly kind: 'exact'; documents: number }
  /** The documents were read while they changed: how many there must be is known only later. */
  | { readonly kind: 'converging' }
  /** Somebody sent operations that need not find what they name. */
  | { readonly kind: 'unknown' };

/**
 * Lets the server apply operations, many at a time. Those on one document keep their order; others go side by side,
 * for no index but that of `_id` exists before all are applied. Updates that find nothing are noticed as they fail,
 * inserts and deletes by the number of documents at the end.
 */
export class OperationApplier {
  readonly #data: TargetData;
  readonly #signal: AbortSignal;
  readonly #lanes: readonly ReplayLane[];
  readonly #counts = new Map<PlannedCollection, Count>();

  constructor(data: TargetData, onApplied: (operations: number) => void, signal: AbortSignal) {
    this.#data = data;
    this.#signal = signal;
    this.#lanes = Array.from({ length: laneCount }, () => new ReplayLane(data, onApplied));
  }

  /** To be awaited where there is something to await. Throws `damaged` where an earlier update found no document. */
  add(operation: Operation, collection: PlannedCollection): Promise<void> | undefined {
    const count = this.#countOf(operation, collection);
    if (count.kind === 'converging' && operation.ts > collection.tolerantThrough) {
      return this.#addCounted(operation, collection);
    }
    if (count.kind === 'exact') count.documents += growthOf(operation);
    const lane = this.#lanes[laneOf(operation, collection) % laneCount] as ReplayLane;
    let flushing: Promise<void> | undefined;
    for (const renamed of renamedOperations(operation, collection)) {
      const planned = { operation: renamed, ts: operation.ts, collection };
      if (flushing) flushing = flushing.then(() => lane.add(planned));
      else if (lane.isFull(planned)) flushing = lane.flush(this.#signal).then(() => lane.add(planned));
      else lane.add(planned);
    }
    return flushing;
  }

  /** Applies the rest. Throws `damaged` where a collection has not as many documents as it must have. */
  async finish(): Promise<void> {
    await this.#flush();
    for (const [collection, count] of this.#counts) {
      if (count.kind !== 'exact') continue;
      const there = await this.#data.count(collection.to, { exact: false }, this.#signal);
      if (there === count.documents) continue;
      const counted = await this.#data.count(collection.to, { exact: true }, this.#signal);
      if (counted !== count.documents) throw wrongCount(collection, count.documents, counted);
    }
  }

  /** Waits for what is at the server, however it ends. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#lanes.map((lane) => lane.settled()));
  }

  #countOf({ lenient }: Operation, collection: PlannedCollection): Count {
    const known = lenient ? ({ kind: 'unknown' } as const) : this.#counts.get(collection);
    const count = known ?? initialCount(collection);
    this.#counts.set(collection, count);
    return count;
  }

  /** The first operation after the base is consistent: all before it have to be there to be counted. */
  async #addCounted(operation: Operation, collection: PlannedCollection): Promise<void> {
    await this.#flush();
    const documents = await this.#data.count(collection.to, { exact: false }, this.#signal);
    this.#counts.set(collection, { kind: 'exact', documents });
    await this.add(operation, collection);
  }

  async #flush(): Promise<void> {
    for (const lane of this.#lanes) await lane.flush(this.#signal);
    for (const lane of this.#lanes) await lane.settled();
  }
}

function growthOf({ op }: Operation): number {
  return op === 'i' ? 1 : op === 'd' ? -1 : 0;
}

/** The same number for all operations on one document; of the collection, where a collation makes other `_id`s one. */
function laneOf({ op, o, o2 }: Operation, collection: PlannedCollection): number {
  const id = hasCollation(collection) ? undefined : findElement(op === 'u' && o2 ? o2 : o, '_id');
  const key = id ? documentKey(id) : collection.uuid;
  let hash = 0;
  for (let at = 0; at < key.length; at++) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
  return hash >>> 0;
}

function hasCollation({ options }: PlannedCollection): boolean {
  return findElement(options, 'collation') !== undefined;
}

/** The operation under its new name; or others that do the same, where a server would do something else. */
function renamedOperations(
  { op, o, o2, ts, lenient }: Operation,
  collection: PlannedCollection,
): RenamedOperation[] {
  const ns = formatNamespace(collection.to);
  // What was read while it changed may have a document with another `_id` there, which no replacement changes.
  const mayFindOther = ts <= collection.tolerantThrough && hasCollation(collection);
  if (op === 'u') {
    // 4.4 puts the time into a replacement's empty timestamps, which it leaves as they are in an insert.
    if (o2 && updateForm(o) === 'replacement' && (hasEmptyTimestamp(o) || mayFindOther)) {
      return [
        { op: 'd', ns, o: o2, o2: undefined },
        { op: 'i', ns, o, o2: undefined },
      ];
    }
    return [{ op, ns, o, o2, ...(lenient ? { upsert: true } : {}) }];
  }
  const mayReplace = op === 'i' && (lenient === true || ts <= collection.tolerantThrough);
  const id = mayReplace ? findElement(o, '_id') : undefined;
  // An insert over a document is a replacement.
  if (id && (hasEmptyTimestamp(o) || mayFindOther)) {
    return [
      { op: 'd', ns, o: writeDocument([id]), o2: undefined },
      { op: 'i', ns, o, o2: undefined },
    ];
  }
  if (!id || !findElement(collection.options, 'clusteredIndex')) return [{ op, ns, o, o2: undefined }];
  // 6.0 breaks on an insert of a number that a clustered collection has already (KeyString format error).
  return [{ op: 'u', ns, o, o2: writeDocument([id]), upsert: true }];
}

function initialCount({ base, after, tolerantThrough }: PlannedCollection): Count {
  return tolerantThrough > after
    ? { kind: 'converging' }
    : { kind: 'exact', documents: base?.documents ?? 0 };
}

function wrongCount({ ns, after }: PlannedCollection, wanted: number, found: number): BackupError {
  const since = formatClusterTime(after);
  return new BackupError(
    'damaged',
    say`${ns} has ${found} documents instead of ${wanted}: since ${since} an insert or a delete did not find what it must find, so the recording or the snapshot is damaged`,
    { hint: say`Verify the repository, and look at another time.` },
  );
}
