import { cappedLimits } from '../core/collectionOptions';
import { concatenated } from '../core/concatenated';
import type { RawBatch, RepositoryReader } from './ports';
import type { PlannedCollection, RestorePlan } from './restorePlan';
import { showCollection, showDocuments } from './showCollection';

/** Operations held in memory at once, in bytes of oplog. */
const budget = 256 << 20;
const batchBytes = 4 << 20;

/**
 * All documents of a collection as of the plan's target, from the repository alone, in natural order; where its
 * operations take more memory than is good, in several rounds, each in that order.
 */
export async function* documentsAt(
  repository: RepositoryReader,
  plan: RestorePlan,
  collection: PlannedCollection,
  signal: AbortSignal,
): AsyncGenerator<RawBatch, void> {
  if (collection.operations === 0 && !isChangedByCommand(plan, collection)) {
    yield* repository.readCollection(plan.snapshot.id, collection.base?.parts ?? [], signal);
    return;
  }
  const rounds = roundsFor(plan, collection);
  if (rounds === 1) {
    yield* inBatches(showCollection(repository, plan, collection, signal));
    return;
  }
  for (let round = 0; round < rounds; round++) {
    const isWanted = (key: string): boolean => shareOf(key, rounds) === round;
    yield* inBatches(showDocuments(repository, plan, collection, isWanted, signal));
  }
}

/** Documents joined to batches of some 4 MB. */
async function* inBatches(documents: AsyncIterable<Uint8Array>): AsyncGenerator<RawBatch, void> {
  let pending: Uint8Array[] = [];
  let bytes = 0;
  for await (const document of documents) {
    pending.push(document);
    bytes += document.length;
    if (bytes < batchBytes) continue;
    yield joined(pending, bytes);
    pending = [];
    bytes = 0;
  }
  if (pending.length > 0) yield joined(pending, bytes);
}

export function joined(documents: readonly Uint8Array[], length: number): RawBatch {
  return { bytes: concatenated(documents, length), documents: documents.length };
}

/** Such as emptycapped. */
function isChangedByCommand({ segments }: RestorePlan, { uuid }: PlannedCollection): boolean {
  return segments.some((s) => s.changes.some((c) => c.ui === uuid));
}

function roundsFor({ segments }: RestorePlan, { uuid, options }: PlannedCollection): number {
  // The order of a capped collection is part of it.
  if (cappedLimits(options)) return 1;
  const bytes = segments.reduce((sum, segment) => {
    const share = (segment.collections[uuid] ?? 0) / Math.max(1, segment.entries);
    return sum + segment.bytes * Math.min(1, share);
  }, 0);
  return Math.max(1, Math.ceil(bytes / budget));
}

function shareOf(key: string, rounds: number): number {
  let hash = 0;
  for (let at = 0; at < key.length; at++) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
  return (hash >>> 0) % rounds;
}
