import { applyUpdate } from '../core/applyUpdate';
import { cappedLimits } from '../core/collectionOptions';
import { Copies } from '../core/copies';
import { documentKey } from '../core/documentKey';
import { findElement, splitDocuments, type RawElement } from '../core/rawDocument';
import { say } from '../core/say';
import type { SnapshotCollection } from '../core/snapshot';
import { type ClusterTime, formatClusterTime } from '../core/time';
import type { Operation } from '../core/transactions';
import { BackupError } from './errors';
import { type Kept, KeptDocuments } from './keptDocuments';
import { inParts, isOver, partBudget, perDocument } from './partitions';
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

interface Tracked {
  now: Kept | undefined;
  before: Kept | undefined;
  after: Kept | undefined;
  /** Of a document of which there is neither image. */
  id: RawElement | undefined;
  /** Whether a chosen write was met, and whether another one since the first of them. */
  met: boolean;
  other: boolean;
  mixed: boolean;
}

/**
 * Documents of one collection that the chosen writes of the span touched: their images from just before the first such
 * write and from just after the last one. In no order; at most `budget` bytes of them in memory at a time, however many
 * there are: a part that takes more is gone through again as two.
 */
export async function* documentChanges(
  repository: RepositoryReader,
  span: Span,
  uuid: string,
  isChosen: (operation: Operation) => boolean,
  signal: AbortSignal,
  budget = partBudget,
): AsyncGenerator<DocumentChange, void> {
  const base = baseOf(span, uuid);
  const writes = (after: ClusterTime): AsyncGenerator<Operation[], void> =>
    writesOf(repository, span, uuid, after, signal);
  const most = documentsIn(budget, base);
  let touched = writesAtMost(span, uuid);
  if (touched > most) {
    touched = 0;
    for await (const operations of writes(span.from)) touched += operations.filter(isChosen).length;
  }
  // Where most documents are touched, following all of a part saves a pass to find out which.
  const followsAll = touched > most && (base?.documents ?? 0) < 3 * touched;
  const tolerant = toleranceOf(span, uuid);
  const parts = base?.parts ?? [];
  const gather = async (isMine: (key: string) => boolean): Promise<TrackedDocuments | undefined> => {
    const tracked = new TrackedDocuments(followsAll ? isMine : undefined);
    const isFull = (): boolean => isOver(budget, tracked.bytes, tracked.size);
    if (!followsAll) {
      for await (const operations of writes(span.from)) {
        for (const operation of operations) {
          if (!isChosen(operation)) continue;
          const key = documentKey(idOf(operation));
          if (isMine(key)) tracked.follow(key);
          if (isFull()) return undefined;
        }
      }
    }
    for await (const batch of repository.readCollection(span.snapshot.id, parts, signal)) {
      for (const document of splitDocuments(batch.bytes)) {
        const id = findElement(document, '_id');
        const own = id && tracked.get(id);
        if (own) tracked.see(own, document);
        if (own && isFull()) return undefined;
      }
      batch.release?.(); // images are copies
    }
    for await (const operations of writes(base?.start ?? span.snapshot.start)) {
      for (const operation of operations) {
        const own = tracked.get(idOf(operation));
        if (own) tracked.write(own, operation, operation.ts > span.from && isChosen(operation), tolerant);
        if (own && isFull()) return undefined;
      }
    }
    return tracked;
  };
  const expected = followsAll ? Math.max(touched, base?.documents ?? 0) : touched;
  for await (const tracked of inParts(Math.ceil(expected / most), gather)) {
    yield* tracked.changes();
    tracked.clear();
  }
}

/** Documents by key: those that were named, or all whose key fits. */
class TrackedDocuments {
  readonly #documents = new Map<string, Tracked>();
  readonly #isWanted: ((key: string) => boolean) | undefined;
  readonly #images = new KeptDocuments();

  constructor(isWanted: ((key: string) => boolean) | undefined) {
    this.#isWanted = isWanted;
  }

  get bytes(): number {
    return this.#images.bytes;
  }

  clear(): void {
    this.#images.clear();
  }

  get size(): number {
    return this.#documents.size;
  }

  follow(key: string): Tracked {
    const known = this.#documents.get(key);
    if (known) return known;
    const images = { now: undefined, before: undefined, after: undefined };
    const own: Tracked = { ...images, id: undefined, met: false, other: false, mixed: false };
    this.#documents.set(key, own);
    return own;
  }

  get(id: RawElement): Tracked | undefined {
    const key = documentKey(id);
    if (!this.#isWanted) return this.#documents.get(key);
    return this.#isWanted(key) ? this.follow(key) : undefined;
  }

  /** Takes the document as it was in the base. */
  see(document: Tracked, bytes: Uint8Array): void {
    this.#set(document, 'now', this.#images.put(bytes));
  }

  write(document: Tracked, operation: Operation, chosen: boolean, tolerant: ClusterTime | 'always'): void {
    if (chosen) {
      if (!document.met) this.#set(document, 'before', document.now);
      else if (document.other) document.mixed = true;
      document.met = true;
    } else if (document.met) {
      document.other = true;
    }
    const now = applied(this.#imageOf(document.now), operation, tolerant);
    this.#set(document, 'now', now && this.#images.put(now));
    if (chosen) this.#set(document, 'after', document.now);
    if (document.before === undefined && document.after === undefined)
      document.id ??= copyOf(idOf(operation));
  }

  *changes(): Generator<DocumentChange> {
    const copies = new Copies();
    const copyOfImage = (kept: Kept | undefined): Uint8Array | undefined => {
      const image = this.#imageOf(kept);
      return image && copies.of(image);
    };
    for (const tracked of this.#documents.values()) {
      if (!tracked.met) continue;
      const before = copyOfImage(tracked.before);
      const after = copyOfImage(tracked.after);
      const image = before ?? after;
      const id = image ? findElement(image, '_id') : tracked.id;
      if (id) yield { id, before, after, mixed: tracked.mixed };
    }
  }

  /** An image may have more than one part to play. */
  #set(document: Tracked, part: 'now' | 'before' | 'after', image: Kept | undefined): void {
    const old = document[part];
    document[part] = image;
    if (old === undefined || old === document.now || old === document.before || old === document.after)
      return;
    this.#images.drop(old);
  }

  #imageOf(image: Kept | undefined): Uint8Array | undefined {
    return image === undefined ? undefined : this.#images.get(image);
  }
}

function copyOf(id: RawElement): RawElement {
  return { ...id, value: id.value.slice() };
}

/** By the indexes alone, which count whole segments. */
function writesAtMost({ from, to, segments }: Span, uuid: string): number {
  const within = segments.filter((segment) => segment.through > from && segment.after < to);
  return within.reduce((sum, segment) => sum + (segment.collections[uuid] ?? 0), 0);
}

/** By the average of the base; an image of before and one of after each. */
function documentsIn(budget: number, base: SnapshotCollection | undefined): number {
  const average = base && base.documents > 0 ? base.bytes / base.documents : 1000;
  return Math.max(1, Math.floor(budget / (2 * average + perDocument)));
}

/** Until when an update may find nothing; a capped collection trims itself at any time. */
function toleranceOf(span: Span, uuid: string): ClusterTime | 'always' {
  const options = (span.after.collections.get(uuid) ?? span.before.collections.get(uuid))?.options;
  if (options && cappedLimits(options)) return 'always';
  return baseOf(span, uuid)?.consistentAt ?? span.snapshot.start;
}

/** The document after one write, maybe a view of what was written. Throws `damaged` where an update must find it and does not. */
export function applied(
  document: Uint8Array | undefined,
  { op, o, ns, ts }: Operation,
  tolerant: ClusterTime | 'always',
): Uint8Array | undefined {
  if (op === 'i') return o;
  if (op === 'd') return undefined;
  if (document) return applyUpdate(document, o);
  if (tolerant === 'always' || ts <= tolerant) return undefined;
  throw new BackupError(
    'damaged',
    say`an update of ${ns} at ${formatClusterTime(ts)} found no document: the recording or the snapshot is damaged`,
    { hint: say`Verify the repository to see which times it hurts.` },
  );
}

/** Inserts, updates and deletes of one collection, in order, to the end of the span, some at a time. */
async function* writesOf(
  repository: RepositoryReader,
  { segments, to }: Span,
  uuid: string,
  after: ClusterTime,
  signal: AbortSignal,
): AsyncGenerator<Operation[], void> {
  const reading = readOperationsOf(repository, segments, new Set([uuid]), after, to, signal, 'passing');
  for await (const operations of reading) yield operations.filter(({ ui, op }) => ui === uuid && op !== 'c');
}

function idOf({ op, o, o2 }: Operation): RawElement {
  const id = findElement(op === 'u' && o2 ? o2 : o, '_id');
  if (!id) throw new BackupError('damaged', say`a recorded write has no _id`);
  return id;
}
