import { FoldedOperations } from '../core/fold';
import { splitDocuments } from '../core/rawDocument';
import { formatClusterTime } from '../core/time';
import { BackupError } from './errors';
import type { RepositoryReader } from './ports';
import { readOperations } from './readOperations';
import type { PlannedCollection, RestorePlan } from './restorePlan';

/**
 * The documents of one collection as of the plan's target, from the repository alone: those of the snapshot in their
 * order, changed, then the ones inserted since. Throws `damaged` where an operation finds no document that it must find.
 */
export async function* showCollection(
  repository: RepositoryReader,
  plan: RestorePlan,
  collection: PlannedCollection,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const folded = await foldOperations(repository, plan, collection, signal);
  const file = collection.base?.file;
  if (file !== undefined) {
    for await (const batch of repository.readCollection(plan.snapshot.id, file, signal)) {
      for (const document of splitDocuments(batch.bytes)) {
        const now = folded.apply(document);
        if (now) yield now;
      }
    }
  }
  yield* folded.inserted();
  const damage = folded.missing().find((m) => m.ts > collection.tolerantThrough);
  if (damage) {
    throw new BackupError(
      'damaged',
      `an operation of ${collection.ns} at ${formatClusterTime(damage.ts)} found no document: the recording or the snapshot is damaged`,
      { hint: 'Run verify, and look at another time or from another snapshot.' },
    );
  }
}

async function foldOperations(
  repository: RepositoryReader,
  plan: RestorePlan,
  collection: PlannedCollection,
  signal: AbortSignal,
): Promise<FoldedOperations> {
  const folded = new FoldedOperations();
  const reading = readOperations(repository, plan.segments, collection.after, plan.target, signal);
  for await (const operations of reading) {
    for (const operation of operations) {
      if (operation.ui !== collection.uuid) continue;
      if (operation.op === 'c') continue;
      // Copies: views would keep every frame read in memory.
      folded.add({ ...operation, o: operation.o.slice(), o2: operation.o2?.slice() });
    }
  }
  return folded;
}
