import { documentKey } from '../core/documentKey';
import { FoldedOperations } from '../core/fold';
import { findElement, splitDocuments } from '../core/rawDocument';
import { formatClusterTime } from '../core/time';
import { BackupError } from './errors';
import type { RepositoryReader } from './ports';
import { readOperations } from './readOperations';
import type { PlannedCollection, RestorePlan } from './restorePlan';

/**
 * The documents of one collection as of the plan's target, from the repository alone: those of the snapshot in their
 * order, changed, then the ones inserted since. Throws `damaged` where an operation finds no document that it must find.
 */
export function showCollection(
  repository: RepositoryReader,
  plan: RestorePlan,
  collection: PlannedCollection,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  return showDocuments(repository, plan, collection, undefined, signal);
}

/** {@link showCollection} for the documents whose keys (`documentKey`) are wanted; it holds no others in memory. */
export async function* showDocuments(
  repository: RepositoryReader,
  plan: RestorePlan,
  collection: PlannedCollection,
  isWanted: ((key: string) => boolean) | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const folded = await foldOperations(repository, plan, collection, isWanted, signal);
  const file = collection.base?.file;
  if (file !== undefined) {
    for await (const batch of repository.readCollection(plan.snapshot.id, file, signal)) {
      for (const document of splitDocuments(batch.bytes)) {
        if (isWanted && !isWanted(keyOf(document))) continue;
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
  isWanted: ((key: string) => boolean) | undefined,
  signal: AbortSignal,
): Promise<FoldedOperations> {
  const folded = new FoldedOperations();
  const reading = readOperations(repository, plan.segments, collection.after, plan.target, signal);
  for await (const operations of reading) {
    for (const operation of operations) {
      if (operation.ui !== collection.uuid) continue;
      if (operation.op === 'c') continue;
      if (isWanted && !isWanted(keyOf(operation.op === 'u' && operation.o2 ? operation.o2 : operation.o)))
        continue;
      // Copies: views would keep every frame read in memory.
      folded.add({ ...operation, o: operation.o.slice(), o2: operation.o2?.slice() });
    }
  }
  return folded;
}

function keyOf(document: Uint8Array): string {
  const id = findElement(document, '_id');
  return id ? documentKey(id) : '';
}
