import { parseNamespace } from '../core/namespace';
import { type Said, say } from '../core/say';
import { formatClusterTime } from '../core/time';
import { isSameView } from '../core/view';
import { BackupError, protectedConnection } from '../engine/errors';
import { clearExchanged, exchange, type Exchange, type ExchangePorts, type Swap } from '../engine/exchange';
import { markOf, safetyCopyFor } from '../engine/planInPlace';
import type { LiveCollection, LiveCollections, LiveViewChange } from '../engine/portsLive';
import { recover } from '../engine/recoverExchange';
import { resolveTarget } from '../engine/resolveTarget';
import { carryThrough, restoreInPlace } from '../engine/restoreInPlace';
import type { RestoreProgress } from '../engine/restoring';
import { inspectSource } from '../mongo/inspectSource';
import { liveCollections } from '../mongo/liveCollections';
import { liveTimeseries } from '../mongo/liveTimeseries';
import { targetCatalogue, targetData } from '../mongo/restoreTarget';
import type {
  CopyProgress,
  InPlaceReport,
  RestoreInPlaceParams,
  RestoreInPlaceReport,
  UndoRestoreParams,
} from '../protocol/job';
import { type InPlaceNote, readInPlaceNotes } from '../storage/inPlaceNotes';
import { type RepositoryLock, takeInPlaceLock } from '../storage/lock';
import { openOrCreateRepository } from '../storage/repository';
import { notedExchange, noting } from './inPlaceNoting';
import { openReader, withClient } from './open';
import { readFilter } from './planJob';
import { progressReport } from './restoreJob';
import { stampOfNow } from './stamp';

/** Restores beside, then swaps. What a restore that was killed left behind is cleared away first. */
export async function restoreInPlaceJob(
  params: RestoreInPlaceParams,
  onProgress: (progress: CopyProgress) => void,
  caller: AbortSignal,
): Promise<RestoreInPlaceReport> {
  const startedMs = Date.now();
  const { repository: folder, namespaces } = params;
  const reader = await openReader(folder);
  const content = await reader.content();
  const at = await resolveTarget(reader, content, params.at, caller);
  await using lock = await takeInPlaceLock(folder, caller);
  const signal = AbortSignal.any([caller, lock.lost]);
  return await withClient(params.uri, async (client) => {
    await openOrCreateRepository(folder, await inspectSource(client)); // refuses another source
    const live = livePorts(client);
    const left = params.leaveEarlier === true ? [] : await clearKilled(live, folder, lock);
    const stamp = freeStamp(left);
    const id = idOf(stamp);
    const facts = { id, at: formatClusterTime(at), createdMs: startedMs };
    const ports = {
      ...{ repository: reader, content, ...live },
      target: { catalogue: targetCatalogue(client), data: targetData(client) },
    };
    const request = {
      ...{ at, stamp, scope: namespaces.map(readFilter), protected: params.protected ?? false },
      onProgress: (progress: RestoreProgress) => onProgress(progressReport(progress)),
      note: noting(folder, facts, () => lock.confirm()),
    };
    const { documents, operations, warnings, swaps } = await restoreInPlace(ports, request, signal);
    const databases = [...new Set(swaps.map(({ ns }) => ns.split('.', 1)[0] ?? ''))];
    const all = params.leaveEarlier === true ? [...warnings, leftEarlier()] : warnings;
    const ms = Date.now() - startedMs;
    return { id, databases, documents, operations, ms, warnings: all, safetyCopies: safetyCopiesOf(swaps) };
  });
}

function leftEarlier(): Said {
  return say`what earlier restores in place left that were cut short is left as it is`;
}

function livePorts(client: Parameters<typeof liveCollections>[0]): ExchangePorts {
  return { collections: liveCollections(client), timeseries: liveTimeseries(client) };
}

export async function inPlaceRestores(folder: string): Promise<InPlaceReport[]> {
  await openReader(folder);
  return (await readInPlaceNotes(folder)).map(inPlaceReport);
}

/** Exchanges the names once more: the originals have theirs again, and what was restored is kept beside them. */
export async function undoRestore(params: UndoRestoreParams, caller: AbortSignal): Promise<InPlaceReport> {
  const { repository: folder, id } = params;
  if (params.protected === true) throw protectedConnection();
  await openReader(folder);
  await using lock = await takeInPlaceLock(folder, caller);
  const signal = AbortSignal.any([caller, lock.lost]);
  return await withClient(params.uri, async (client) => {
    await openOrCreateRepository(folder, await inspectSource(client));
    const live = livePorts(client);
    const notes = await clearKilled(live, folder, lock);
    const note = notes.find((n) => n.id === id);
    if (note?.state !== 'swapped') {
      throw new BackupError('notFound', say`there is no restore in place ${id} that could be undone`, {
        hint: say`It was never finished, or it was undone already.`,
      });
    }
    const stamp = freeStamp(notes);
    const facts = { id: idOf(stamp), at: note.at, createdMs: Date.now(), undoes: id };
    const what = await turned(live.collections, notedExchange(note), stamp, signal);
    const tell = noting(folder, facts, () => lock.confirm());
    const { swaps } = await carryThrough(live, what, tell, (noteFilled) =>
      exchange(live, what, noteFilled, signal),
    );
    return inPlaceReport({ ...facts, swaps, state: 'swapped' });
  });
}

/** The same names the other way round: what is a safety copy now is what gets the name. */
async function turned(
  collections: LiveCollections,
  done: Exchange,
  stamp: string,
  signal: AbortSignal,
): Promise<Exchange> {
  const swaps: Swap[] = [];
  for (const { ns, safetyCopy, timeseries, original } of done.swaps) {
    const namespace = parseNamespace(ns);
    if (!namespace) continue;
    const live = await collections.list(namespace.database, signal);
    const at = (name: string): LiveCollection | undefined =>
      live.find((c) => `${namespace.database}.${c.name}` === name);
    const temporary = original === undefined ? undefined : safetyCopy;
    const copy = temporary === undefined ? undefined : at(temporary);
    const isCopy = timeseries ? copy?.type === 'timeseries' : copy?.uuid === original;
    if (temporary !== undefined && !isCopy) {
      throw new BackupError('notFound', say`the safety copy ${temporary} does not exist any more`, {
        hint: say`Restore another time in place, or undo the event of the restore.`,
      });
    }
    swaps.push({ ns, safetyCopy: safetyCopyFor(ns, at(ns), timeseries, stamp), temporary, timeseries });
  }
  const views: LiveViewChange[] = [];
  for (const { ns, was } of done.views) {
    const live = await collections.list(ns.database, signal);
    const now = live.find((c) => c.type === 'view' && c.name === ns.collection)?.options;
    if (now !== was && !(now && was && isSameView(now, was))) views.push({ ns, was: now, is: was });
  }
  return { swaps, views, mark: markOf(swaps, stamp) };
}

/**
 * A restore whose process is gone is carried through where it had begun to exchange; else its traces are dropped. Who
 * holds the lock knows that all others are gone. Gives all there are.
 */
async function clearKilled(
  live: ExchangePorts,
  folder: string,
  lock: RepositoryLock,
): Promise<readonly InPlaceNote[]> {
  for (const note of await readInPlaceNotes(folder)) {
    const what = notedExchange(note);
    if (note.state === 'swapped' || note.state === 'undone') await clearExchanged(live, what);
    if (note.state !== 'started' && note.state !== 'filled') continue;
    const recovered = await recover(live, what, note.state === 'filled');
    const tell = noting(folder, note, () => lock.confirm());
    if (recovered.kind === 'asBefore') {
      await tell('failed', what);
    } else {
      await tell('swapped', recovered.what);
      await clearExchanged(live, recovered.what);
    }
  }
  return readInPlaceNotes(folder);
}

/** Of two in one second each needs names of its own. */
function freeStamp(notes: readonly InPlaceNote[]): string {
  const taken = new Set(notes.map((note) => note.id));
  const now = stampOfNow();
  let stamp = now;
  for (let n = 2; taken.has(idOf(stamp)); n++) stamp = `${now}_${String(n)}`;
  return stamp;
}

function idOf(stamp: string): string {
  return `inplace-${stamp}`;
}

function safetyCopiesOf(swaps: InPlaceNote['swaps']): InPlaceReport['safetyCopies'] {
  return swaps.flatMap(({ ns, safetyCopy, original }) =>
    safetyCopy === undefined || original === undefined ? [] : [{ ns, safetyCopy }],
  );
}

function inPlaceReport({
  id,
  at,
  createdMs,
  state,
  swaps,
}: Pick<InPlaceNote, 'id' | 'at' | 'createdMs' | 'state' | 'swaps'>): InPlaceReport {
  const shown = state === 'filled' ? 'started' : state;
  return { id, at, createdMs, state: shown, safetyCopies: safetyCopiesOf(swaps) };
}
