import { documentKey } from '../core/documentKey';
import { equalBytes, findElement } from '../core/rawDocument';
import type { DocumentChange } from './documentChanges';
import { partitionOf } from './partitions';
import type { RepositoryReader } from './ports';
import type { PlannedCollection, RestorePlan } from './restorePlan';
import { showDocuments } from './showCollection';

/** One collection as of one time. */
export interface PastDocuments {
  readonly plan: RestorePlan;
  readonly collection: PlannedCollection;
}

/** How many documents of the earlier side are held at once, and how many bytes of them by the average. */
const heldDocuments = 200_000;
const heldBytes = 64 << 20;

/**
 * Every document that differs between two collections, or the same one at two times; an absent side is empty. In no
 * order; a part of the documents in memory at a time, and both sides read once for each part.
 */
export async function* compareCollections(
  repository: RepositoryReader,
  before: PastDocuments | undefined,
  after: PastDocuments | undefined,
  signal: AbortSignal,
): AsyncGenerator<DocumentChange, void> {
  const parts = before && after ? partsFor(before.collection) : 1;
  for (let part = 0; part < parts; part++) {
    const isWanted = parts === 1 ? undefined : (key: string): boolean => partitionOf(key, parts) === part;
    if (!after) {
      for await (const document of documentsOf(repository, before, isWanted, signal)) {
        yield change(document, undefined);
      }
      continue;
    }
    const old = new Map<string, Uint8Array>();
    for await (const document of documentsOf(repository, before, isWanted, signal)) {
      old.set(keyOf(document), document.slice());
    }
    for await (const document of documentsOf(repository, after, isWanted, signal)) {
      const key = keyOf(document);
      const was = old.get(key);
      old.delete(key);
      if (!was || !equalBytes(was, document)) yield change(was, document);
    }
    for (const document of old.values()) yield change(document, undefined);
  }
}

function partsFor({ base, operations }: PlannedCollection): number {
  const documents = (base?.documents ?? 0) + operations;
  const average = base && base.documents > 0 ? base.bytes / base.documents : 1000;
  return Math.ceil(documents / Math.max(1, Math.min(heldDocuments, heldBytes / average))) || 1;
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
    before,
    after: after?.slice(),
    mixed: false,
  };
}

function keyOf(document: Uint8Array): string {
  const id = findElement(document, '_id');
  return id ? documentKey(id) : '';
}
