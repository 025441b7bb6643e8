import { applyUpdate, withIdFirst } from '../core/applyUpdate';
import { cappedLimits } from '../core/collectionOptions';
import { Copies } from '../core/copies';
import { documentKey } from '../core/documentKey';
import { findElement, splitDocuments, writeDocument, type RawElement } from '../core/rawDocument';
import { say } from '../core/say';
import { operationsOn } from '../core/segment';
import type { SnapshotCollection } from '../core/snapshot';
import { type ClusterTime, formatClusterTime } from '../core/time';
import type { Operation } from '../core/transactions';
import { isEmptying } from './emptying';
import { BackupError } from './errors';
import { type Kept, KeptDocuments } from './keptDocuments';
import { inParts, isOver, partBudget, perDocument } from './partitions';
import type { RepositoryReader } from './ports';
import { readOperationsOf } from './readOperations';
import { beginningOf, type Span } from './span';

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
  const { base, after: beginning, tolerantThrough } = beginningOf(span, uuid);
  const writes = (after: ClusterTime): AsyncGenerator<Operation[], void> =>
    writesOf(repository, span, uuid, after, signal);
  const emptied = await isEmptied(writes, span, uuid, isChosen);
  const most = documentsIn(budget, base);
  let touched = writesAtMost(span, uuid);
  if (touched > most) {
    touched = 0;
    for await (const operations of writes(span.from))
      touched += operations.filter((o) => o.op !== 'c' && isChosen(o)).length;
  }
  // Where most documents are touched, following all of a part saves a pass to find out which.
  const followsAll = emptied || (touched > most && (base?.documents ?? 0) < 3 * touched);
  // A capped collection trims itself at any time.
  const tolerant = isCapped(span, uuid) ? 'always' : tolerantThrough;
  const parts = base?.parts ?? [];
  const gather = async (isMine: (key: string) => boolean): Promise<TrackedDocuments | undefined> => {
    const tracked = new TrackedDocuments(followsAll ? isMine : undefined);
    const isFull = (): boolean => isOver(budget, tracked.bytes, tracked.size);
    if (!followsAll) {
      for await (const operations of writes(span.from)) {
        for (const operation of operations) {
          if (operation.op === 'c' || !isChosen(operation)) continue;
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
    for await (const operations of writes(beginning)) {
      for (const operation of operations) {
        const chosen = operation.ts > span.from && isChosen(operation);
        if (operation.op === 'c') tracked.empty(chosen);
        const own = operation.op === 'c' ? undefined : tracked.get(idOf(operation));
        if (own) tracked.write(own, operation, chosen, tolerant);
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
    const now = applied(this.#imageOf(document.now), operation, tolerant);
    this.#become(document, now && this.#images.put(now), chosen);
    if (document.before === undefined && document.after === undefined)
      document.id ??= copyOf(idOf(operation));
  }

  /** All documents are gone. */
  empty(chosen: boolean): void {
    for (const document of this.#documents.values()) {
      if (document.now !== undefined) this.#become(document, undefined, chosen);
    }
  }

  #become(document: Tracked, now: Kept | undefined, chosen: boolean): void {
    if (chosen) {
      if (!document.met) this.#set(document, 'before', document.now);
      else if (document.other) document.mixed = true;
      document.met = true;
    } else if (document.met) {
      document.other = true;
    }
    this.#set(document, 'now', now);
    if (chosen) this.#set(document, 'after', document.now);
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
  return operationsOn(within, uuid);
}

/** By the average of the base; an image of before and one of after each. */
function documentsIn(budget: number, base: SnapshotCollection | undefined): number {
  const average = base && base.documents > 0 ? base.bytes / base.documents : 1000;
  return Math.max(1, Math.floor(budget / (2 * average + perDocument)));
}

function isCapped({ before, after }: Span, uuid: string): boolean {
  const options = (after.collections.get(uuid) ?? before.collections.get(uuid))?.options;
  return options !== undefined && cappedLimits(options) !== undefined;
}

/** Whether a chosen command takes documents that no write names. */
async function isEmptied(
  writes: (after: ClusterTime) => AsyncIterable<Operation[]>,
  { segments, from, to }: Span,
  uuid: string,
  isChosen: (operation: Operation) => boolean,
): Promise<boolean> {
  const mayBe = segments.some(({ changes }) =>
    changes.some((change) => change.ui === uuid && change.ts > from && change.ts <= to && isEmptying(change)),
  );
  if (!mayBe) return false;
  for await (const operations of writes(from)) {
    if (operations.some((operation) => isEmptying(operation) && isChosen(operation))) return true;
  }
  return false;
}

/** The document after one write, maybe a view of what was written. Throws `damaged` where an update must find it and does not. */
export function applied(
  document: Uint8Array | undefined,
  operation: Operation,
  tolerant: ClusterTime | 'always',
): Uint8Array | undefined {
  const { op, o, ns, ts, lenient } = operation;
  if (op === 'i') return lenient && document ? withIdFirst(o) : o;
  if (op === 'd') return undefined;
  if (document) return applyUpdate(document, o);
  if (lenient) return applyUpdate(writeDocument([idOf(operation)]), o);
  if (tolerant === 'always' || ts <= tolerant) return undefined;
  throw new BackupError(
    'damaged',
    say`an update of ${ns} at ${formatClusterTime(ts)} found no document: the recording or the snapshot is damaged`,
    { hint: say`Verify the repository to see which times it hurts.` },
  );
}

/** Inserts, updates and deletes of one collection and what empties it, in order, to the end of the span, some at a time. */
async function* writesOf(
  repository: RepositoryReader,
  { segments, to }: Span,
  uuid: string,
  after: ClusterTime,
  signal: AbortSignal,
): AsyncGenerator<Operation[], void> {
  const reading = readOperationsOf(repository, segments, new Set([uuid]), after, to, signal, 'passing');
  for await (const operations of reading) {
    yield operations.filter(
      (operation) => operation.ui === uuid && (operation.op !== 'c' || isEmptying(operation)),
    );
  }
}

function idOf({ op, o, o2 }: Operation): RawElement {
  const id = findElement(op === 'u' && o2 ? o2 : o, '_id');
  if (!id) throw new BackupError('damaged', say`a recorded write has no _id`);
  return id;
}
