import type { CappedLimits } from '../core/capped';
import { cappedLimits } from '../core/collectionOptions';
import { documentKey } from '../core/documentKey';
import { formatNamespace, type Namespace } from '../core/namespace';
import { equalBytes, findElement } from '../core/rawDocument';
import { quote, say } from '../core/say';
import { sideAt } from './diffCollection';
import type { LiveWrite } from './portsLive';
import { showCollection } from './showCollection';
import type { Undoing } from './undoing';
import type { UndoPart } from './undoPart';

/** Bounds of what is written before it is looked whether others write too. */
const batchDocuments = 10_000;
const batchBytes = 16 << 20;

/**
 * Puts the documents of a capped collection back in their order, as long as there are no others in it: it would give
 * those up. What was cut short goes on where it ended.
 */
export async function takeBackEmptied(
  undoing: Undoing,
  { ns: name, uuid, at }: UndoPart & { kind: 'emptied' },
): Promise<void> {
  const { repository, content, collections } = undoing.ports;
  const found = await undoing.find(name, uuid);
  const limits = found && cappedLimits(found.live.options);
  if (found?.live.uuid !== uuid || !limits) {
    undoing.conflict(name, say`the collection does not exist any more`);
    return;
  }
  const past = await sideAt(repository, content, name, at, undoing.signal);
  if (!past) return;
  const then = cappedLimits(past.collection.options);
  if (then && isNarrower(limits, then)) {
    undoing.conflict(name, say`its limits are narrower now: it would not hold all that comes back`);
    return;
  }
  undoing.tell(...past.plan.warnings);
  let there = 0;
  const documents = showCollection(repository, past.plan, past.collection, undoing.signal);
  for await (const batch of inBatches(documents, limits)) {
    const writes = await missingAtEnd(undoing, found.ns, batch);
    const kept = batch.length - (writes?.length ?? 0);
    const isAlone = async (): Promise<boolean> =>
      (await collections.count(found.ns, there + kept + 1, undoing.signal)) === there + kept;
    if (!writes || (writes.length > 0 && !(await isAlone()))) {
      const reason = say`it is capped and has other documents now, which what comes back could push out`;
      undoing.conflict(name, reason);
      return;
    }
    undoing.countUnchanged(kept);
    there += undoing.settings.dryRun ? kept : batch.length;
    if (!(await putBack(undoing, found.ns, writes))) return;
  }
}

function isNarrower(one: CappedLimits, other: CappedLimits): boolean {
  return one.bytes < other.bytes || (one.documents ?? Infinity) < (other.documents ?? Infinity);
}

/** No batch fills more than half of it, so that nothing that others write meanwhile is pushed out by one. */
async function* inBatches(
  documents: AsyncIterable<Uint8Array>,
  limits: CappedLimits,
): AsyncGenerator<Uint8Array[], void> {
  const most = Math.min(batchDocuments, Math.max(1, Math.floor((limits.documents ?? Infinity) / 2)));
  const mostBytes = Math.min(batchBytes, limits.bytes / 2);
  let batch: Uint8Array[] = [];
  let bytes = 0;
  for await (const document of documents) {
    if (batch.length >= most || (batch.length > 0 && bytes + document.length > mostBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(document.slice());
    bytes += document.length;
  }
  yield batch;
}

/** What of it is not there; `undefined` where that is more than its end, or other documents have the `_id`s. */
async function missingAtEnd(
  { ports, signal }: Undoing,
  ns: Namespace,
  batch: readonly Uint8Array[],
): Promise<LiveWrite[] | undefined> {
  const wanted = batch.flatMap((document) => {
    const id = findElement(document, '_id');
    return id ? [{ id, expected: undefined, document }] : [];
  });
  const ids = wanted.map(({ id }) => id);
  const live = new Map<string, Uint8Array>();
  for (const document of await ports.documents.read(ns, ids, signal)) {
    const id = findElement(document, '_id');
    if (id) live.set(documentKey(id), document);
  }
  const missing = wanted.findIndex(({ id }) => !live.has(documentKey(id)));
  const kept = missing < 0 ? wanted.length : missing;
  const isKept = wanted.slice(0, kept).every(({ id, document }) => {
    const now = live.get(documentKey(id));
    return now !== undefined && equalBytes(now, document);
  });
  return isKept && live.size === kept ? wanted.slice(kept) : undefined;
}

/** Whether all of it is there then. */
async function putBack(undoing: Undoing, ns: Namespace, writes: readonly LiveWrite[]): Promise<boolean> {
  const refused =
    undoing.settings.dryRun || writes.length === 0
      ? []
      : await undoing.ports.documents.write(ns, writes, undoing.signal);
  const failed = new Set(refused.map(({ write }) => write));
  const full = formatNamespace(ns);
  for (const write of writes)
    if (!failed.has(write)) undoing.count({ ns: full, id: write.id, change: 'restore', fields: [] });
  for (const { write, message } of refused)
    undoing.onConflict({ ns: full, id: write.id, reason: quote(message) });
  return refused.length === 0;
}
