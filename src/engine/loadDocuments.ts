import { trimmedCount } from '../core/capped';
import { cappedLimits, withOption } from '../core/collectionOptions';
import type { FoldedOperations } from '../core/fold';
import { formatNamespace } from '../core/namespace';
import { writeDocument } from '../core/rawDocument';
import { int64Element } from '../core/rawValue';
import { joined } from './documentsAt';
import { foldedDocuments } from './foldedDocuments';
import { inLanesAsync } from './lanes';
import type { RawBatch, TargetCatalogue } from './ports';
import type { PlannedCollection } from './restorePlan';
import type { Restoring } from './restoring';

const loadLanes = 2;
/** Bounds of a batch of folded documents. */
const batchDocuments = 4_000;
const batchBytes = 4 << 20;

export function isCapped(collection: PlannedCollection): boolean {
  return cappedLimits(collection.options) !== undefined;
}

/** Inserts the documents of the snapshot verbatim. */
export async function loadBases(
  { plan, repository, target, options }: Restoring,
  wanted: (collection: PlannedCollection) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const bases = plan.collections.filter((c) => c.base && wanted(c));
  const total = bases.reduce((sum, c) => sum + (c.base?.documents ?? 0), 0);
  let documents = 0;
  let bytes = 0;
  for (const { to, base, tolerantThrough, after } of bases) {
    // Read while it changed, one document may have been read twice; the replay makes it what it is.
    const how = { ordered: false, tolerateDuplicates: tolerantThrough > after };
    const insert = async (batch: RawBatch, laneSignal: AbortSignal): Promise<void> => {
      await target.data.insert(to, batch, how, laneSignal);
      documents += batch.documents;
      bytes += batch.bytes.length;
      batch.release?.();
      options.onProgress({ phase: 'load', namespace: formatNamespace(to), documents, total, bytes });
    };
    const batches = repository.readCollection(plan.snapshot.id, base?.parts ?? [], signal);
    await inLanesAsync(loadLanes, batches, signal, insert);
  }
}

/** Inserts the documents that a collection has at the target, in natural order; makes it first when it is capped. */
export async function writeFolded(
  restoring: Restoring,
  collection: PlannedCollection,
  folded: FoldedOperations,
  signal: AbortSignal,
): Promise<void> {
  const { plan, repository, target, options } = restoring;
  const { to } = collection;
  const documents = (): AsyncIterable<Uint8Array> =>
    foldedDocuments({ repository, plan, collection, folded }, undefined, signal);
  const capped = isCapped(collection);
  const finish = capped ? await createCapped(target.catalogue, collection, documents(), signal) : undefined;
  let count = 0;
  let bytes = 0;
  for await (const batch of batched(documents())) {
    await target.data.insert(to, batch, { ordered: capped, tolerateDuplicates: false }, signal);
    count += batch.documents;
    bytes += batch.bytes.length;
    options.onProgress({
      phase: 'replay',
      namespace: formatNamespace(to),
      documents: count,
      total: undefined,
      bytes,
    });
  }
  await finish?.();
}

/**
 * A collMod may have set limits that are exceeded until the next insert: then the collection is made with wider ones,
 * and `finish` sets its own.
 */
async function createCapped(
  catalogue: TargetCatalogue,
  { to, options, indexes }: PlannedCollection,
  documents: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<(() => Promise<void>) | undefined> {
  const lengths: number[] = [];
  for await (const { length } of documents) lengths.push(length);
  const idIndex = indexes.get('_id_');
  const limits = cappedLimits(options);
  if (!limits || trimmedCount(lengths, limits) === 0) {
    await catalogue.create(to, options, idIndex, signal);
    return undefined;
  }
  const bytes = lengths.reduce((sum, length) => sum + length, limits.bytes);
  const wider = withOption(options, 'size', int64Element('size', BigInt(bytes)));
  await catalogue.create(to, withOption(wider, 'max', undefined), idIndex, signal);
  return () => catalogue.modify(to, ownLimits(limits), signal);
}

function ownLimits(limits: NonNullable<ReturnType<typeof cappedLimits>>): Uint8Array {
  const size = int64Element('cappedSize', BigInt(limits.bytes));
  const max = limits.documents === undefined ? [] : [int64Element('cappedMax', BigInt(limits.documents))];
  return writeDocument([size, ...max]);
}

async function* batched(documents: AsyncIterable<Uint8Array>): AsyncGenerator<RawBatch, void> {
  let pending: Uint8Array[] = [];
  let bytes = 0;
  for await (const document of documents) {
    if (bytes + document.length > batchBytes || pending.length >= batchDocuments) {
      if (pending.length > 0) yield joined(pending, bytes);
      pending = [];
      bytes = 0;
    }
    pending.push(document);
    bytes += document.length;
  }
  if (pending.length > 0) yield joined(pending, bytes);
}
