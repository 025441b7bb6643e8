import { applyUpdate } from '../core/applyUpdate';
import { cappedLimits } from '../core/collectionOptions';
import { documentKey } from '../core/documentKey';
import { findElement, splitDocuments, type RawElement } from '../core/rawDocument';
import type { SnapshotCollection } from '../core/snapshot';
import { type ClusterTime, formatClusterTime } from '../core/time';
import type { Operation } from '../core/transactions';
import { BackupError } from './errors';
import { partitionOf } from './partitions';
import type { RepositoryReader } from './ports';
import { readOperationsOf } from './readOperations';
import { baseOf, type Span } from './span';

/** One document before and after some writes; absent where it does not exist. */
export interface DocumentChange {
  readonly id: RawElement;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
  /** Somebody else wrote it in between. */
  readonly mixed: boolean;
}

/** How many documents are held at once, at most, and how many bytes of them by the average. */
const heldDocuments = 200_000;
const heldBytes = 64 << 20;

interface Tracked {
  readonly id: RawElement;
  now: Uint8Array | undefined;
  before: Uint8Array | undefined;
  after: Uint8Array | undefined;
  /** Whether a chosen write was met, and whether another one since the first of them. */
  met: boolean;
  other: boolean;
  mixed: boolean;
}

/**
 * Documents of one collection that the chosen writes of the span touched: their images from just before the first such
 * write and from just after the last one. In no order; a part of them in memory at a time, however many there are.
 */
export async function* documentChanges(
  repository: RepositoryReader,
  span: Span,
  uuid: string,
  isChosen: (operation: Operation) => boolean,
  signal: AbortSignal,
): AsyncGenerator<DocumentChange, void> {
  const base = baseOf(span, uuid);
  const writes = (after: ClusterTime): AsyncGenerator<Operation, void> =>
    writesOf(repository, span, uuid, after, signal);
  const most = held(base);
  let touched = writesAtMost(span, uuid);
  if (touched > most) {
    touched = 0;
    for await (const operation of writes(span.from)) if (isChosen(operation)) touched += 1;
  }
  // Where most documents are touched, following all of a part saves a pass to find out which.
  const followsAll = touched > most && (base?.documents ?? 0) < 3 * touched;
  const parts = Math.ceil((followsAll ? touched + (base?.documents ?? 0) : touched) / most);
  const tolerant = toleranceOf(span, uuid);
  for (let part = 0; part < parts; part++) {
    const isMine = (key: string): boolean => partitionOf(key, parts) === part;
    const tracked = new TrackedDocuments(followsAll ? isMine : undefined);
    if (!followsAll) {
      for await (const operation of writes(span.from)) {
        if (!isChosen(operation)) continue;
        const id = idOf(operation);
        const key = documentKey(id);
        if (isMine(key)) tracked.follow(key, id);
      }
    }
    for await (const document of documentsOf(repository, span, base, signal)) {
      const id = findElement(document, '_id');
      const own = id && tracked.get(id);
      if (own) own.now = document.slice();
    }
    for await (const operation of writes(base?.start ?? span.snapshot.start)) {
      const own = tracked.get(idOf(operation));
      if (own) follow(own, operation, operation.ts > span.from && isChosen(operation), tolerant);
    }
    yield* tracked.changes();
  }
}

/** Documents by key: those that were named, or all whose key fits. */
class TrackedDocuments {
  readonly #documents = new Map<string, Tracked>();
  readonly #isWanted: ((key: string) => boolean) | undefined;

  constructor(isWanted: ((key: string) => boolean) | undefined) {
    this.#isWanted = isWanted;
  }

  follow(key: string, id: RawElement): Tracked {
    const known = this.#documents.get(key);
    if (known) return known;
    const copy = { ...id, value: id.value.slice() };
    const images = { now: undefined, before: undefined, after: undefined };
    const own: Tracked = { id: copy, ...images, met: false, other: false, mixed: false };
    this.#documents.set(key, own);
    return own;
  }

  get(id: RawElement): Tracked | undefined {
    const key = documentKey(id);
    return this.#isWanted?.(key) === true ? this.follow(key, id) : this.#documents.get(key);
  }

  *changes(): Generator<DocumentChange> {
    for (const { id, before, after, met, mixed } of this.#documents.values()) {
      if (met) yield { id, before, after, mixed };
    }
  }
}

/** By the indexes alone, which count whole segments. */
function writesAtMost({ from, to, segments }: Span, uuid: string): number {
  const within = segments.filter((segment) => segment.through > from && segment.after < to);
  return within.reduce((sum, segment) => sum + (segment.collections[uuid] ?? 0), 0);
}

function held(base: SnapshotCollection | undefined): number {
  const average = base && base.documents > 0 ? base.bytes / base.documents : 1000;
  return Math.max(1, Math.min(heldDocuments, Math.floor(heldBytes / average)));
}

/** Until when an update may find nothing; a capped collection trims itself at any time. */
function toleranceOf(span: Span, uuid: string): ClusterTime | 'always' {
  const options = (span.after.collections.get(uuid) ?? span.before.collections.get(uuid))?.options;
  if (options && cappedLimits(options)) return 'always';
  return baseOf(span, uuid)?.consistentAt ?? span.snapshot.start;
}

async function* documentsOf(
  repository: RepositoryReader,
  span: Span,
  base: SnapshotCollection | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  if (base?.file === undefined) return;
  for await (const batch of repository.readCollection(span.snapshot.id, base.file, signal)) {
    yield* splitDocuments(batch.bytes);
  }
}

function follow(
  document: Tracked,
  operation: Operation,
  chosen: boolean,
  tolerant: ClusterTime | 'always',
): void {
  if (chosen) {
    if (!document.met) document.before = document.now;
    else if (document.other) document.mixed = true;
    document.met = true;
  } else if (document.met) {
    document.other = true;
  }
  document.now = applied(document.now, operation, tolerant);
  if (chosen) document.after = document.now;
}

/** The document after one write. Throws `damaged` where an update must find it and does not. */
export function applied(
  document: Uint8Array | undefined,
  { op, o, ns, ts }: Operation,
  tolerant: ClusterTime | 'always',
): Uint8Array | undefined {
  if (op === 'i') return o.slice();
  if (op === 'd') return undefined;
  if (document) return applyUpdate(document, o).slice();
  if (tolerant === 'always' || ts <= tolerant) return undefined;
  throw new BackupError(
    'damaged',
    `an update of ${ns} at ${formatClusterTime(ts)} found no document: the recording or the snapshot is damaged`,
    { hint: 'Run verify to see which times it hurts.' },
  );
}

/** Inserts, updates and deletes of one collection, in order, to the end of the span. */
async function* writesOf(
  repository: RepositoryReader,
  { segments, to }: Span,
  uuid: string,
  after: ClusterTime,
  signal: AbortSignal,
): AsyncGenerator<Operation, void> {
  const reading = readOperationsOf(repository, segments, new Set([uuid]), after, to, signal);
  for await (const operations of reading) {
    for (const operation of operations) {
      if (operation.ui === uuid && operation.op !== 'c') yield operation;
    }
  }
}

function idOf({ op, o, o2 }: Operation): RawElement {
  const id = findElement(op === 'u' && o2 ? o2 : o, '_id');
  if (!id) throw new BackupError('damaged', 'a recorded write has no _id');
  return id;
}
