import { documentKey } from '../core/documentKey';
import { formatNamespace } from '../core/namespace';
import { findElement } from '../core/rawDocument';
import { isTrue } from '../core/rawValue';
import type { Operation } from '../core/transactions';
import type { RepositoryReader, TargetData } from './ports';
import { readOperations } from './readOperations';
import { ReplayLane } from './replayLane';
import type { RestoreProgress } from './restore';
import type { PlannedCollection, RestorePlan } from './restorePlan';

const laneCount = 3;

/** Where a collection is restored to, and whether all its operations keep one order. */
interface ReplayedCollection {
  readonly planned: PlannedCollection;
  readonly ns: string;
  readonly inOrder: boolean;
}

export interface Replayed {
  readonly operations: number;
  /** Inserts less deletes. */
  readonly difference: number;
}

/**
 * Applies the recorded operations of the plan's collections, found by UUID whatever they were called then. Commands
 * need no replaying: the plan has their outcome. Operations on one document keep their order; others go side by side,
 * for no index but that of `_id` exists before all are applied. Throws `damaged` where an update finds no document
 * that it must find.
 */
export async function replay(
  plan: RestorePlan,
  repository: RepositoryReader,
  data: TargetData,
  onProgress: (facts: RestoreProgress) => void,
  signal: AbortSignal,
): Promise<Replayed> {
  const collections = new Map(plan.collections.map((c) => [c.uuid, replayed(c)]));
  const total = plan.collections.reduce((sum, c) => sum + c.operations, 0);
  let operations = 0;
  let difference = 0;
  let bytes = 0;
  const lanes = Array.from(
    { length: laneCount },
    () =>
      new ReplayLane(data, (applied) => {
        operations += applied;
        onProgress({ phase: 'replay', namespace: undefined, documents: operations, total, bytes });
      }),
  );
  const after = plan.collections.reduce((first, c) => (c.after < first ? c.after : first), plan.target);
  try {
    for await (const read of readOperations(repository, plan.segments, after, plan.target, signal)) {
      for (const operation of read) {
        const collection = operation.ui === undefined ? undefined : collections.get(operation.ui);
        if (!collection || operation.ts <= collection.planned.after || operation.op === 'c') continue;
        const { op, o, o2, ts } = operation;
        bytes += o.length;
        difference += op === 'i' ? 1 : op === 'd' ? -1 : 0;
        const planned = { operation: { op, ns: collection.ns, o, o2 }, ts, collection: collection.planned };
        const lane = lanes[laneOf(operation, collection) % laneCount] as ReplayLane;
        if (lane.isFull(o.length)) await lane.flush(signal);
        lane.add(planned);
      }
    }
    for (const lane of lanes) await lane.flush(signal);
    for (const lane of lanes) await lane.settled();
  } finally {
    await Promise.allSettled(lanes.map((lane) => lane.settled()));
  }
  return { operations, difference };
}

function replayed(planned: PlannedCollection): ReplayedCollection {
  const inOrder = isTrue(findElement(planned.options, 'capped'));
  return { planned, ns: formatNamespace(planned.to), inOrder };
}

/** The same number for all operations on one document; for all of a collection that keeps the order of its inserts. */
function laneOf({ op, o, o2 }: Operation, { planned, inOrder }: ReplayedCollection): number {
  const id = inOrder ? undefined : findElement(op === 'u' && o2 ? o2 : o, '_id');
  const key = id ? documentKey(id) : planned.uuid;
  let hash = 0;
  for (let at = 0; at < key.length; at++) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
  return hash >>> 0;
}
