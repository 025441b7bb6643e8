import { documentKey } from '../core/documentKey';
import { findElement } from '../core/rawDocument';
import { addToFold, foldedDocuments, foldFor } from './foldedDocuments';
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
  const folded = foldFor(collection);
  const takes = isWanted && ((document: Uint8Array): boolean => isWanted(keyOf(document)));
  const reading = readOperations(repository, plan.segments, collection.after, plan.target, signal);
  for await (const operations of reading) {
    for (const operation of operations) {
      if (operation.ui !== collection.uuid) continue;
      const { op, o, o2 } = operation;
      if (op === 'c' || !takes || takes(op === 'u' && o2 ? o2 : o)) addToFold(folded, operation);
    }
  }
  yield* foldedDocuments({ repository, plan, collection, folded }, takes, signal);
}

function keyOf(document: Uint8Array): string {
  const id = findElement(document, '_id');
  return id ? documentKey(id) : '';
}
