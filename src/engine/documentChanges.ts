import { applyUpdate } from '../core/applyUpdate';
import { cappedLimits } from '../core/collectionOptions';
import { documentKey } from '../core/documentKey';
import { findElement, splitDocuments, type RawElement } from '../core/rawDocument';
import { type ClusterTime, formatClusterTime } from '../core/time';
import type { Operation } from '../core/transactions';
import { BackupError } from './errors';
import { partitionOf } from './partitions';
import type { RepositoryReader } from './ports';
import { readOperations } from './readOperations';
import { baseOf, segmentsOf, type Span } from './span';

/** One document before and after some writes; absent where it does not exist. */
export interface DocumentChange {
  readonly id: RawElement;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
  /** Somebody else wrote it in between. */
  readonly mixed: boolean;
}

/** How many documents are held at once, at most, and how many bytes of them by the average. */
const heldDocuments = 50_000;
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
  const segments = segmentsOf(span.segments, new Set([uuid]));
  const writes = (after: ClusterTime): AsyncGenerator<Operation, void> =>
    writesOf(repository, segments, uuid, after, span.to, signal);
  let touched = 0;
  for await (const operation of writes(span.from)) if (isChosen(operation)) touched += 1;
  if (touched === 0) return;
  const parts = Math.ceil(touched / held(span, uuid));
  for (let part = 0; part < parts; part++) {
    const tracked = new Map<string, Tracked>();
    for await (const operation of writes(span.from)) {
      if (!isChosen(operation)) continue;
      const id = idOf(operation);
      const key = documentKey(id);
      if (partitionOf(key, parts) !== part || tracked.has(key)) continue;
      const copy = { ...id, value: id.value.slice() };
      const none = { now: undefined, before: undefined, after: undefined };
      tracked.set(key, { id: copy, ...none, met: false, other: false, mixed: false });
    }
    await loadBase(repository, span, uuid, tracked, signal);
    const base = baseOf(span, uuid);
    const tolerant = toleranceOf(span, uuid);
    for await (const operation of writes(base?.start ?? span.snapshot.start)) {
      const document = tracked.get(documentKey(idOf(operation)));
      if (document) follow(document, operation, operation.ts > span.from && isChosen(operation), tolerant);
    }
    for (const { id, before, after, mixed } of tracked.values()) yield { id, before, after, mixed };
  }
}

function held(span: Span, uuid: string): number {
  const base = baseOf(span, uuid);
  const average = base && base.documents > 0 ? base.bytes / base.documents : 1000;
  return Math.max(1, Math.min(heldDocuments, Math.floor(heldBytes / average)));
}

/** Until when an update may find nothing; a capped collection trims itself at any time. */
function toleranceOf(span: Span, uuid: string): ClusterTime | 'always' {
  const options = (span.after.collections.get(uuid) ?? span.before.collections.get(uuid))?.options;
  if (options && cappedLimits(options)) return 'always';
  return baseOf(span, uuid)?.consistentAt ?? span.snapshot.start;
}

async function loadBase(
  repository: RepositoryReader,
  span: Span,
  uuid: string,
  tracked: ReadonlyMap<string, Tracked>,
  signal: AbortSignal,
): Promise<void> {
  const file = baseOf(span, uuid)?.file;
  if (file === undefined) return;
  for await (const batch of repository.readCollection(span.snapshot.id, file, signal)) {
    for (const bytes of splitDocuments(batch.bytes)) {
      const id = findElement(bytes, '_id');
      const document = id && tracked.get(documentKey(id));
      if (document) document.now = bytes.slice();
    }
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

/** Inserts, updates and deletes of one collection, in order. */
async function* writesOf(
  repository: RepositoryReader,
  segments: readonly Span['segments'][number][],
  uuid: string,
  after: ClusterTime,
  through: ClusterTime,
  signal: AbortSignal,
): AsyncGenerator<Operation, void> {
  for await (const operations of readOperations(repository, segments, after, through, signal)) {
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
