import { findElement } from '../core/rawDocument';
import { isTrue } from '../core/rawValue';
import { formatNamespace } from '../core/namespace';
import { type ClusterTime, formatClusterTime } from '../core/time';
import type { Operation } from '../core/transactions';
import { BackupError } from './errors';
import type { RenamedOperation, RepositoryReader, TargetData } from './ports';
import { readOperations } from './readOperations';
import type { RestoreProgress } from './restore';
import type { PlannedCollection, RestorePlan } from './restorePlan';

/** Bounds of one batch: what the server takes at once, well below 16 MB. */
const batchOperations = 4_000;
const batchBytes = 8 << 20;

interface Pending {
  readonly operation: RenamedOperation;
  readonly ts: ClusterTime;
  readonly collection: PlannedCollection;
}

export interface Replayed {
  readonly operations: number;
  /** Inserts less deletes. */
  readonly difference: number;
}

/**
 * Applies the recorded operations of the plan's collections, found by UUID whatever they were called then. Commands
 * need no replaying: the plan has their outcome. Throws `damaged` where an update finds no document that it must find.
 */
export async function replay(
  plan: RestorePlan,
  repository: RepositoryReader,
  data: TargetData,
  onProgress: (facts: RestoreProgress) => void,
  signal: AbortSignal,
): Promise<Replayed> {
  const collections = new Map(plan.collections.map((c) => [c.uuid, c]));
  const total = plan.collections.reduce((sum, c) => sum + c.operations, 0);
  let operations = 0;
  let difference = 0;
  let bytes = 0;
  let pending: Pending[] = [];
  let pendingBytes = 0;
  const flush = async (): Promise<void> => {
    const missing = await data.apply(
      pending.map((p) => p.operation),
      signal,
    );
    for (const position of missing) refuseMissing(pending[position]);
    operations += pending.length;
    pending = [];
    pendingBytes = 0;
    onProgress({ phase: 'replay', namespace: undefined, documents: operations, total, bytes });
  };
  const after = plan.collections.reduce((first, c) => (c.after < first ? c.after : first), plan.target);
  for await (const read of readOperations(repository, plan.segments, after, plan.target, signal)) {
    for (const operation of read) {
      const collection = operation.ui === undefined ? undefined : collections.get(operation.ui);
      if (!collection || operation.ts <= collection.after || operation.op === 'c') continue;
      const size = operation.o.length;
      if (pendingBytes + size > batchBytes || pending.length >= batchOperations) await flush();
      pending.push({ operation: renamed(operation, collection), ts: operation.ts, collection });
      pendingBytes += size;
      bytes += size;
      difference += operation.op === 'i' ? 1 : operation.op === 'd' ? -1 : 0;
    }
  }
  await flush();
  return { operations, difference };
}

function renamed({ op, o, o2 }: Operation, collection: PlannedCollection): RenamedOperation {
  return { op, ns: formatNamespace(collection.to), o, o2 };
}

function refuseMissing(pending: Pending | undefined): void {
  if (!pending || pending.ts <= pending.collection.tolerantThrough) return;
  const capped = isTrue(findElement(pending.collection.options, 'capped'));
  if (capped) return; // trimmed by the target at another moment than by the source
  throw new BackupError(
    'damaged',
    `an update of ${pending.collection.ns} at ${formatClusterTime(pending.ts)} found no document: the recording or the snapshot is damaged`,
    { hint: 'Nothing was left behind. Run verify, and restore another time or from another snapshot.' },
  );
}
