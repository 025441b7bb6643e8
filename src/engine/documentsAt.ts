import { documentKey } from '../core/documentKey';
import { FoldedOperations } from '../core/fold';
import { findElement, splitDocuments } from '../core/rawDocument';
import { isTrue } from '../core/rawValue';
import type { Segment } from '../core/segment';
import { type ClusterTime, formatClusterTime } from '../core/time';
import { BackupError } from './errors';
import type { RawBatch, RepositoryReader } from './ports';
import { readOperations } from './readOperations';

/** A collection between a snapshot and a later time. */
export interface ChangedCollection {
  readonly uuid: string;
  readonly ns: string;
  readonly options: Uint8Array;
  /** The snapshot's documents; none for a collection created since. */
  readonly base: { readonly snapshot: string; readonly file: string } | undefined;
  readonly after: ClusterTime;
  readonly tolerantThrough: ClusterTime;
}

/** Operations held in memory at once, in bytes of oplog. */
const budget = 256 << 20;

/**
 * All documents of a collection as of `through`, from the repository alone. Those of the base come in its order, then
 * the ones inserted since; where operations take more memory than is good, documents come in several such rounds.
 */
export async function* documentsAt(
  repository: RepositoryReader,
  segments: readonly Segment[],
  collection: ChangedCollection,
  through: ClusterTime,
  signal: AbortSignal,
): AsyncGenerator<RawBatch, void> {
  const rounds = roundsFor(segments, collection);
  for (let round = 0; round < rounds; round++) {
    const takes = (document: Uint8Array): boolean => rounds === 1 || shareOf(document, rounds) === round;
    const folded = await foldOperations(repository, segments, collection, through, takes, signal);
    if (collection.base) {
      const { snapshot, file } = collection.base;
      for await (const batch of repository.readCollection(snapshot, file, signal)) {
        yield rounds === 1 ? changed(batch, folded) : changed(batch, folded, takes);
      }
    }
    yield* inserted(folded);
    refuseMissing(folded, collection);
  }
}

/** The operations of one collection in `(after, through]`, those on documents that `takes` names. */
export async function foldOperations(
  repository: Pick<RepositoryReader, 'readSegment'>,
  segments: readonly Segment[],
  collection: ChangedCollection,
  through: ClusterTime,
  takes: (document: Uint8Array) => boolean,
  signal: AbortSignal,
): Promise<FoldedOperations> {
  const folded = new FoldedOperations();
  const { uuid, after } = collection;
  if (!segments.some((s) => (s.collections[uuid] ?? 0) > 0 || s.changes.some((c) => c.ui === uuid)))
    return folded;
  for await (const operations of readOperations(repository, segments, after, through, signal)) {
    for (const operation of operations) {
      if (operation.ui !== uuid) continue;
      const { op, o, o2 } = operation;
      if (op === 'c') {
        if (findElement(o, 'emptycapped')) folded.empty();
        continue;
      }
      if (!takes(op === 'u' && o2 ? o2 : o)) continue;
      // Copies: views would keep every frame read in memory.
      folded.add({ ...operation, o: o.slice(), o2: o2?.slice() });
    }
  }
  return folded;
}

/** A batch of the base as the operations leave it; the same bytes where they touch nothing of it. */
export function changed(
  batch: RawBatch,
  folded: FoldedOperations,
  takes?: (document: Uint8Array) => boolean,
): RawBatch {
  if (folded.isEmpty && !takes) return batch;
  const kept: Uint8Array[] = [];
  let same = true;
  for (const document of splitDocuments(batch.bytes)) {
    const now = takes && !takes(document) ? undefined : folded.apply(document);
    if (now) kept.push(now);
    same &&= now === document;
  }
  return same ? batch : { bytes: Buffer.concat(kept), documents: kept.length };
}

/** What the operations inserted, some at a time. */
export function* inserted(folded: FoldedOperations): Generator<RawBatch, void> {
  let pending: Uint8Array[] = [];
  let bytes = 0;
  for (const document of folded.inserted()) {
    pending.push(document);
    bytes += document.length;
    if (bytes < batchBytes) continue;
    yield { bytes: Buffer.concat(pending), documents: pending.length };
    pending = [];
    bytes = 0;
  }
  if (pending.length > 0) yield { bytes: Buffer.concat(pending), documents: pending.length };
}

const batchBytes = 4 << 20;

/** Throws `damaged` where an operation found no document that it must find. */
export function refuseMissing(folded: FoldedOperations, collection: ChangedCollection): void {
  const damage = folded.missing().find((m) => m.ts > collection.tolerantThrough);
  if (!damage || isTrue(findElement(collection.options, 'capped'))) return;
  throw new BackupError(
    'damaged',
    `an operation of ${collection.ns} at ${formatClusterTime(damage.ts)} found no document: the recording or the snapshot is damaged`,
    { hint: 'Run verify, and take another time or another snapshot.' },
  );
}

function roundsFor(segments: readonly Segment[], { uuid, options }: ChangedCollection): number {
  // The order of a capped collection is part of it.
  if (isTrue(findElement(options, 'capped'))) return 1;
  const bytes = segments.reduce((sum, segment) => {
    const share = (segment.collections[uuid] ?? 0) / Math.max(1, segment.entries);
    return sum + segment.bytes * Math.min(1, share);
  }, 0);
  return Math.max(1, Math.ceil(bytes / budget));
}

function shareOf(document: Uint8Array, rounds: number): number {
  const id = findElement(document, '_id');
  const key = id ? documentKey(id) : '';
  let hash = 0;
  for (let at = 0; at < key.length; at++) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
  return (hash >>> 0) % rounds;
}
