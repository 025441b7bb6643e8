import { changedPaths } from '../core/documentDiff';
import { documentKey } from '../core/documentKey';
import { formatNamespace, type Namespace } from '../core/namespace';
import { equalBytes, findElement, type RawElement } from '../core/rawDocument';
import { quote, type Said, say } from '../core/say';
import type { DocumentChange } from './documentChanges';
import type { LiveDocuments, LiveWrite, RefusedWrite } from './portsLive';

/** A document, or a whole collection, that was left as it is. */
export interface Conflict {
  readonly ns: string;
  /** Absent where it is about the collection. */
  readonly id: RawElement | undefined;
  readonly reason: Said;
}

/** One document that was put back or removed, or would be. */
export interface UndoneDocument {
  readonly ns: string;
  readonly id: RawElement;
  readonly change: 'restore' | 'remove';
  /** Fields that change, where it is there before and after. */
  readonly fields: readonly string[];
}

/** What to do and where to tell of it. */
export interface UndoOptions {
  /** A capped collection gives up its oldest documents for each that is inserted: none is. */
  readonly isCapped: boolean;
  readonly dryRun: boolean;
  /** Whether a document goes back though it changed since. */
  readonly overwrites: (ns: string, id: RawElement) => boolean;
  readonly onConflict: (conflict: Conflict) => void;
  readonly onDone: (document: UndoneDocument) => void;
  readonly onUnchanged: () => void;
}

/** Bounds of what is read and written at a time. */
const batchDocuments = 500;
const batchBytes = 16 << 20;

/**
 * Puts documents back to what they were before the changes, unless they are not any more what they were after them.
 * Each write holds only as long as its document is what was just read, so nothing written meanwhile is lost.
 */
export async function undoDocuments(
  live: LiveDocuments,
  ns: Namespace,
  changes: AsyncIterable<DocumentChange>,
  options: UndoOptions,
  signal: AbortSignal,
): Promise<void> {
  /** Refused for a unique value that another document still has. */
  const waiting: LiveWrite[] = [];
  let batch: DocumentChange[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const writes = await writesFor(live, ns, batch, options, signal);
    batch = [];
    bytes = 0;
    if (!options.dryRun)
      waiting.push(...(await writeAll(live, ns, writes, options, signal)).map((r) => r.write));
    else for (const write of writes) options.onDone(doneOf(ns, write));
  };
  for await (const change of changes) {
    const size = (change.before?.length ?? 0) + (change.after?.length ?? 0);
    if (batch.length > 0 && bytes + size > batchBytes) await flush();
    batch.push(change);
    bytes += size;
    if (batch.length >= batchDocuments) await flush();
  }
  if (batch.length > 0) await flush();
  await settleWaiting(live, ns, waiting, options, signal);
}

/** Documents that exchanged unique values can only be put back one after the other: as long as some can, it goes on. */
async function settleWaiting(
  live: LiveDocuments,
  ns: Namespace,
  waiting: readonly LiveWrite[],
  options: UndoOptions,
  signal: AbortSignal,
): Promise<void> {
  let left = waiting;
  while (left.length > 0) {
    const refused = await writeAll(live, ns, left, options, signal);
    if (refused.length === left.length) {
      for (const { write, message } of refused) conflict(ns, write.id, quote(message), options);
      return;
    }
    left = refused.map((r) => r.write);
  }
}

/** Writes that are still needed and allowed; the others are told as unchanged or as conflicts. */
async function writesFor(
  live: LiveDocuments,
  ns: Namespace,
  changes: readonly DocumentChange[],
  options: UndoOptions,
  signal: AbortSignal,
): Promise<LiveWrite[]> {
  const ids = changes.map((change) => change.id);
  const now = new Map<string, Uint8Array>();
  for (const document of await live.read(ns, ids, signal)) {
    const id = findElement(document, '_id');
    if (id) now.set(documentKey(id), document);
  }
  return changes.flatMap(({ id, before, after, mixed }): LiveWrite[] => {
    const current = now.get(documentKey(id));
    if (isSame(current, before)) {
      if (!isSame(before, after)) options.onUnchanged();
      return [];
    }
    if (options.isCapped && !current) {
      conflict(ns, id, say`it is capped: what comes back would push out newer documents`, options);
      return [];
    }
    const write = { id, expected: current, document: before };
    const isOurs = !mixed && isSame(current, after);
    if (isOurs || options.overwrites(formatNamespace(ns), id)) return [write];
    conflict(
      ns,
      id,
      isSame(current, after) ? say`others wrote it at the same time` : reasonFor(current, after),
      options,
    );
    return [];
  });
}

function reasonFor(current: Uint8Array | undefined, after: Uint8Array | undefined): Said {
  if (!current) return say`it was deleted since`;
  return after ? say`it was changed since` : say`it exists again`;
}

/** Removals first and inserts last: a unique value must be free before another document takes it. */
async function writeAll(
  live: LiveDocuments,
  ns: Namespace,
  writes: readonly LiveWrite[],
  options: UndoOptions,
  signal: AbortSignal,
): Promise<RefusedWrite[]> {
  const again: RefusedWrite[] = [];
  const kinds = [
    writes.filter((w) => !w.document),
    writes.filter((w) => w.document && w.expected),
    writes.filter((w) => w.document && !w.expected),
  ];
  for (const some of kinds.filter((kind) => kind.length > 0)) {
    const refused = await live.write(ns, some, signal);
    const failed = new Set(refused.map((r) => r.write));
    for (const write of some) if (!failed.has(write)) options.onDone(doneOf(ns, write));
    for (const one of refused) {
      if (one.reason === 'duplicateKey') again.push(one);
      else
        conflict(
          ns,
          one.write.id,
          one.reason === 'changed' ? say`it was changed just now` : quote(one.message),
          options,
        );
    }
  }
  return again;
}

function doneOf(ns: Namespace, { id, expected, document }: LiveWrite): UndoneDocument {
  const fields = expected && document ? changedPaths(expected, document) : [];
  return { ns: formatNamespace(ns), id, change: document ? 'restore' : 'remove', fields };
}

function conflict(ns: Namespace, id: RawElement, reason: Said, options: UndoOptions): void {
  options.onConflict({ ns: formatNamespace(ns), id, reason });
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a && b ? equalBytes(a, b) : a === b;
}
