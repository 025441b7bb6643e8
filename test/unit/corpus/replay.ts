import { Catalogue, INTERNAL_DATABASES } from '../../../src/core/catalogue';
import type { Collection } from '../../../src/core/catalogue';
import { databaseOf } from '../../../src/core/catalogueCommand';
import { trimCapped } from '../../../src/core/capped';
import { cappedLimits } from '../../../src/core/collectionOptions';
import { FoldedOperations } from '../../../src/core/fold';
import type { MissingDocument } from '../../../src/core/fold';
import type { IndexListing } from '../../../src/core/indexSpec';
import type { OplogEntry } from '../../../src/core/oplogEntry';
import type { ClusterTime } from '../../../src/core/time';
import { TransactionAssembler } from '../../../src/core/transactions';

/** What a base or a replay holds. */
export interface ReplayedState {
  readonly catalogue: Catalogue;
  /** By collection UUID, in natural order. */
  readonly documents: ReadonlyMap<string, readonly Uint8Array[]>;
  readonly missing: readonly MissingDocument[];
  /** UUIDs that were written to and never created. */
  readonly strangers: readonly string[];
}

/** Replays entries up to `through` over a base, or over nothing, with the pure parts alone. */
export function replay(
  entries: readonly OplogEntry[],
  through: ClusterTime,
  listing: IndexListing,
  base?: ReplayedState,
): ReplayedState {
  const catalogue = new Catalogue(listing);
  for (const collection of base?.catalogue.collections.values() ?? []) list(catalogue, collection);
  for (const view of base?.catalogue.views() ?? []) {
    catalogue.list({ type: view.kind, ns: view.ns, options: view.options });
  }
  const folds = new Map<string, FoldedOperations>();
  const assembler = new TransactionAssembler();
  for (const entry of entries) {
    if (entry.ts > through) break;
    for (const operation of assembler.push(entry)) {
      const edit = catalogue.apply(operation);
      if (edit.kind === 'emptied') foldOf(folds, edit.uuid).empty();
      if (INTERNAL_DATABASES.has(databaseOf(operation.ns))) continue;
      if (operation.op !== 'c' && operation.ui !== undefined) foldOf(folds, operation.ui).add(operation);
    }
  }
  const documents = new Map<string, readonly Uint8Array[]>();
  const missing: MissingDocument[] = [];
  for (const { uuid, options } of catalogue.collections.values()) {
    const fold = foldOf(folds, uuid);
    const kept = (base?.documents.get(uuid) ?? []).flatMap((document) => fold.apply(document) ?? []);
    documents.set(uuid, trimCapped([...kept, ...fold.inserted()], cappedLimits(options)));
    missing.push(...fold.missing());
  }
  const strangers = [...folds.keys()].filter((uuid) => catalogue.stateOf(uuid) === 'unknown');
  return { catalogue, documents, missing, strangers };
}

function list(catalogue: Catalogue, { uuid, ns, options, indexes }: Collection): void {
  catalogue.list({ type: 'collection', uuid, ns, options, indexes: [...indexes.values()] });
}

function foldOf(folds: Map<string, FoldedOperations>, uuid: string): FoldedOperations {
  const present = folds.get(uuid);
  if (present) return present;
  const fold = new FoldedOperations();
  folds.set(uuid, fold);
  return fold;
}
