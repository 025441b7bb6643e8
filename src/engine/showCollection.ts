import { documentKey } from '../core/documentKey';
import { findElement } from '../core/rawDocument';
import { addToFold, foldedDocuments, foldFor } from './foldedDocuments';

import { partitionOf } from './partitions';
import type { RepositoryReader } from './ports';
import { readOperationsOf } from './readOperations';
import type { PlannedCollection, RestorePlan } from './restorePlan';
import { roundsFor } from './rounds';

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
  // Where the operations take more memory than is good, documents come in several rounds.
  const rounds = roundsFor(plan.segments, collection);
  for (let round = 0; round < rounds; round++) {
    const isWanted = rounds === 1 ? undefined : (key: string) => partitionOf(key, rounds) === round;
    yield* showDocuments(repository, plan, collection, isWanted, signal);
  }
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
  const { segments, target } = plan;
  const { uuid, after } = collection;
  const reading = readOperationsOf(repository, segments, new Set([uuid]), after, target, signal);
  for await (const operations of reading) {
    for (const operation of operations) {
      if (operation.ui !== uuid) continue;
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
