import { documentKey } from '../core/documentKey';
import { equalBytes, findElement } from '../core/rawDocument';
import type { DocumentChange } from './documentChanges';
import { type Kept, KeptDocuments } from './keptDocuments';
import { inParts, isOver, partBudget, perDocument } from './partitions';
import type { RepositoryReader } from './ports';
import type { PlannedCollection, RestorePlan } from './restorePlan';
import { showDocuments } from './showCollection';

/** One collection as of one time. */
export interface PastDocuments {
  readonly plan: RestorePlan;
  readonly collection: PlannedCollection;
}

/**
 * Every document that differs between two collections, or the same one at two times; an absent side is empty. In no
 * order; at most `budget` bytes of the earlier side in memory at a time, and both sides read once for each part.
 */
export async function* compareCollections(
  repository: RepositoryReader,
  before: PastDocuments | undefined,
  after: PastDocuments | undefined,
  signal: AbortSignal,
  budget = partBudget,
): AsyncGenerator<DocumentChange, void> {
  if (!before || !after) {
    for await (const document of documentsOf(repository, before ?? after, undefined, signal)) {
      yield before ? change(document, undefined) : change(undefined, document);
    }
    return;
  }
  const gather = async (isMine: (key: string) => boolean): Promise<Part | undefined> => {
    const part: Part = { isMine, old: new Map(), documents: new KeptDocuments() };
    for await (const document of documentsOf(repository, before, isMine, signal)) {
      part.old.set(keyOf(document), part.documents.put(document));
      if (isOver(budget, part.documents.bytes, part.old.size)) return undefined;
    }
    return part;
  };
  for await (const { isMine, old, documents } of inParts(partsFor(before.collection, budget), gather)) {
    for await (const document of documentsOf(repository, after, isMine, signal)) {
      const key = keyOf(document);
      const kept = old.get(key);
      const was = kept === undefined ? undefined : documents.get(kept);
      old.delete(key);
      if (!was || !equalBytes(was, document)) yield change(was, document);
    }
    for (const kept of old.values()) yield change(documents.get(kept), undefined);
    documents.clear();
  }
}

interface Part {
  readonly isMine: (key: string) => boolean;
  readonly old: Map<string, Kept>;
  readonly documents: KeptDocuments;
}

function partsFor({ base, operations }: PlannedCollection, budget: number): number {
  const documents = (base?.documents ?? 0) + operations;
  const average = base && base.documents > 0 ? base.bytes / base.documents : 1000;
  return Math.ceil((documents * (average + perDocument)) / budget);
}

async function* documentsOf(
  repository: RepositoryReader,
  side: PastDocuments | undefined,
  isWanted: ((key: string) => boolean) | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  if (side) yield* showDocuments(repository, side.plan, side.collection, isWanted, signal);
}

function change(before: Uint8Array | undefined, after: Uint8Array | undefined): DocumentChange {
  const id = findElement((before ?? after) as Uint8Array, '_id');
  const copy = id && { ...id, value: id.value.slice() };
  return {
    id: copy ?? { name: '_id', type: 0x0a, value: new Uint8Array(0) },
    before: before?.slice(),
    after: after?.slice(),
    mixed: false,
  };
}

function keyOf(document: Uint8Array): string {
  const id = findElement(document, '_id');
  return id ? documentKey(id) : '';
}
