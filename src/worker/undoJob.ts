import { extendedJsonOf } from '../core/extendedJson';
import type { RawElement } from '../core/rawDocument';
import { say } from '../core/say';
import { eventById } from '../engine/events';
import { BackupError } from '../engine/errors';
import type { Exchange } from '../engine/exchange';
import { resolveTarget } from '../engine/resolveTarget';
import { type UndoRequest, undoEvent } from '../engine/undoEvent';
import type { UndoPorts } from '../engine/undoing';
import { inspectSource } from '../mongo/inspectSource';
import { liveCollections } from '../mongo/liveCollections';
import { liveDocuments } from '../mongo/liveDocuments';
import { liveIndexes } from '../mongo/liveIndexes';
import { liveTimeseries } from '../mongo/liveTimeseries';
import { targetCatalogue, targetData } from '../mongo/restoreTarget';
import type { CopyProgress, UndoParams, UndoReport } from '../protocol/job';
import type { RepositoryContent, RepositoryReader } from '../engine/ports';
import { readInPlaceNotes } from '../storage/inPlaceNotes';
import { takeInPlaceLock } from '../storage/lock';
import { openOrCreateRepository } from '../storage/repository';
import { notedExchange } from './inPlaceNoting';
import { openReader, withClient } from './open';
import { readFilter } from './planJob';
import { progressReport } from './restoreJob';
import { stampOfNow } from './stamp';

const shownChanges = 1000;

/** Takes an event, or a span, back on the deployment that it was recorded from. */
export async function undo(
  params: UndoParams,
  onProgress: (progress: CopyProgress) => void,
  caller: AbortSignal,
): Promise<UndoReport> {
  if (params.dryRun) return undoNow(params, onProgress, caller);
  await using lock = await takeInPlaceLock(params.repository, caller);
  return await undoNow(params, onProgress, AbortSignal.any([caller, lock.lost]));
}

/** The caller sees to it that it is the only one that writes. */
async function undoNow(
  params: UndoParams,
  onProgress: (progress: CopyProgress) => void,
  signal: AbortSignal,
): Promise<UndoReport> {
  const reader = await openReader(params.repository);
  const content = await reader.content();
  const request = await requestOf(params, reader, content, signal);
  return withClient(params.uri, async (client) => {
    await openOrCreateRepository(params.repository, await inspectSource(client)); // refuses another source
    const ports = undoPorts(client, reader, content);
    const { dryRun, overwrite = [], protected: isProtected = false, limit = shownChanges } = params;
    const overwritten = new Set(overwrite.map(({ ns, _id }) => `${ns} ${_id}`));
    const overwrites = (ns: string, id: RawElement): boolean =>
      overwritten.size > 0 && overwritten.has(`${ns} ${extendedJsonOf(id)}`);
    const settings = { dryRun, overwrites, protected: isProtected, limit, stamp: stampOfNow() };
    const undone = await undoEvent(
      ports,
      request,
      { ...settings, onProgress: (progress) => onProgress(progressReport(progress)) },
      signal,
    );
    return {
      ...undone,
      dryRun,
      conflicts: undone.conflicts.map(({ ns, id, reason }) => ({
        ns,
        _id: id && extendedJsonOf(id),
        reason,
      })),
      changes: undone.changes.map(({ id, ...change }) => ({ ...change, _id: extendedJsonOf(id) })),
    };
  });
}

/** What an undo reads and writes with. */
export function undoPorts(
  client: Parameters<typeof liveCollections>[0],
  repository: RepositoryReader,
  content: RepositoryContent,
): UndoPorts {
  return {
    ...{ repository, content },
    target: { catalogue: targetCatalogue(client), data: targetData(client) },
    ...{ collections: liveCollections(client), timeseries: liveTimeseries(client) },
    ...{ documents: liveDocuments(client), indexes: liveIndexes(client) },
  };
}

/** None where they are damaged, which restores in place refuse: what the log tells must do then. */
async function notedExchanges(folder: string): Promise<Exchange[]> {
  try {
    return (await readInPlaceNotes(folder)).map(notedExchange);
  } catch (error) {
    if (error instanceof BackupError && error.code === 'damaged') return [];
    throw error;
  }
}

async function requestOf(
  { repository, event, range }: UndoParams,
  reader: RepositoryReader,
  content: RepositoryContent,
  signal: AbortSignal,
): Promise<UndoRequest> {
  if (event !== undefined)
    return {
      kind: 'event',
      event: eventById(content, event),
      exchanges: () => notedExchanges(repository),
    };
  if (!range) throw new BackupError('badInput', say`an undo needs an event or a range`);
  const from = await resolveTarget(reader, content, range.from, signal);
  const to = await resolveTarget(reader, content, range.to, signal);
  if (from > to) throw new BackupError('badInput', say`the range ends before it begins`);
  return { kind: 'range', from, to, scope: range.namespaces.map(readFilter) };
}
