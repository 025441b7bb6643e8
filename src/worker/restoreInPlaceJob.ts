import { formatNamespace, parseNamespace } from '../core/namespace';
import { safetyName } from '../core/rewindNames';
import { say } from '../core/say';
import { formatClusterTime } from '../core/time';
import { isSameView } from '../core/view';
import { BackupError, protectedConnection } from '../engine/errors';
import {
  clearExchanged,
  exchange,
  type Exchange,
  type ExchangePorts,
  recover,
  type Swap,
} from '../engine/exchange';
import { markOf } from '../engine/planInPlace';
import type { LiveCollections, LiveViewChange } from '../engine/portsLive';
import { resolveTarget } from '../engine/resolveTarget';
import { carryThrough, type NoteExchange, restoreInPlace } from '../engine/restoreInPlace';
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
import { type InPlaceNote, isUnderWay, noteInPlace, readInPlaceNotes } from '../storage/inPlaceNotes';
import { openOrCreateRepository } from '../storage/repository';
import { openReader, withClient } from './open';
import { readFilter } from './planJob';
import { progressReport } from './restoreJob';
import { stampOfNow } from './stamp';

/** Ids of those that this process is at. */
const atWork = new Set<string>();

/** Restores beside, then swaps. What a restore that was killed left behind is cleared away first. */
export async function restoreInPlaceJob(
  params: RestoreInPlaceParams,
  onProgress: (progress: CopyProgress) => void,
  signal: AbortSignal,
): Promise<RestoreInPlaceReport> {
  const startedMs = Date.now();
  const { repository: folder, namespaces } = params;
  const reader = await openReader(folder);
  const content = await reader.content();
  const at = await resolveTarget(reader, content, params.at, signal);
  return withClient(params.uri, async (client) => {
    await openOrCreateRepository(folder, await inspectSource(client)); // refuses another source
    const live = livePorts(client);
    await clearKilled(live, folder);
    const stamp = await freeStamp(folder);
    const id = idOf(stamp);
    const facts = { id, at: formatClusterTime(at), createdMs: startedMs };
    const ports = {
      ...{ repository: reader, content, ...live },
      target: { catalogue: targetCatalogue(client), data: targetData(client) },
    };
    const request = {
      ...{ at, stamp, scope: namespaces.map(readFilter), protected: params.protected ?? false },
      onProgress: (progress: RestoreProgress) => onProgress(progressReport(progress)),
      note: noting(folder, facts),
    };
    const { documents, operations, warnings, swaps } = await whileAt(id, () =>
      restoreInPlace(ports, request, signal),
    );
    const databases = [...new Set(swaps.map(({ ns }) => ns.split('.', 1)[0] ?? ''))];
    const ms = Date.now() - startedMs;
    return { id, databases, documents, operations, ms, warnings, safetyCopies: safetyCopiesOf(swaps) };
  });
}

function livePorts(client: Parameters<typeof liveCollections>[0]): ExchangePorts {
  return { collections: liveCollections(client), timeseries: liveTimeseries(client) };
}

async function whileAt<T>(id: string, work: () => Promise<T>): Promise<T> {
  atWork.add(id);
  try {
    return await work();
  } finally {
    atWork.delete(id);
  }
}

function noting(folder: string, facts: Pick<InPlaceNote, 'id' | 'at' | 'createdMs'>): NoteExchange {
  return (state, what) => noteInPlace(folder, { ...facts, ...storedExchange(what), state });
}

export async function inPlaceRestores(folder: string): Promise<InPlaceReport[]> {
  await openReader(folder);
  return (await readInPlaceNotes(folder)).map(inPlaceReport);
}

/** Exchanges the names once more: the originals have theirs again, and what was restored is kept beside them. */
export async function undoRestore(params: UndoRestoreParams, signal: AbortSignal): Promise<InPlaceReport> {
  const { repository: folder, id } = params;
  if (params.protected === true) throw protectedConnection();
  await openReader(folder);
  return withClient(params.uri, async (client) => {
    await openOrCreateRepository(folder, await inspectSource(client));
    const live = livePorts(client);
    await clearKilled(live, folder);
    const note = (await readInPlaceNotes(folder)).find((n) => n.id === id);
    if (note?.state !== 'swapped') {
      throw new BackupError('notFound', say`there is no restore in place ${id} that could be undone`, {
        hint: say`It was never finished, or it was undone already.`,
      });
    }
    const stamp = await freeStamp(folder);
    const facts = { id: idOf(stamp), at: note.at, createdMs: Date.now() };
    const what = await turned(live.collections, exchangeOf(note), stamp, signal);
    await whileAt(facts.id, () =>
      carryThrough(live, what, noting(folder, facts), () => exchange(live, what, signal)),
    );
    await noteInPlace(folder, { ...note, state: 'undone' });
    return inPlaceReport({ ...facts, ...storedExchange(what), state: 'swapped' });
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
  for (const { ns, safetyCopy, timeseries } of done.swaps) {
    const namespace = parseNamespace(ns);
    if (!namespace) continue;
    const live = await collections.list(namespace.database, signal);
    const isThere = (name: string): boolean =>
      live.some((c) => c.type !== 'view' && `${namespace.database}.${c.name}` === name);
    if (safetyCopy !== undefined && !isThere(safetyCopy)) {
      throw new BackupError('notFound', say`the safety copy ${safetyCopy} does not exist any more`, {
        hint: say`Restore another time in place, or undo the event of the restore.`,
      });
    }
    const aside = `${namespace.database}.${safetyName(namespace.collection, stamp)}`;
    swaps.push({ ns, safetyCopy: isThere(ns) ? aside : undefined, temporary: safetyCopy, timeseries });
  }
  const views: LiveViewChange[] = [];
  for (const { ns, was } of done.views) {
    const live = await collections.list(ns.database, signal);
    const now = live.find((c) => c.type === 'view' && c.name === ns.collection)?.options;
    if (now !== was && !(now && was && isSameView(now, was))) views.push({ ns, was: now, is: was });
  }
  return { swaps, views, mark: markOf(swaps, stamp) };
}

/** A restore whose process is gone is carried through where it had begun to exchange; else its traces are dropped. */
async function clearKilled(live: ExchangePorts, folder: string): Promise<void> {
  for (const note of await readInPlaceNotes(folder)) {
    const what = exchangeOf(note);
    if (note.state === 'swapped' && what.mark) await clearExchanged(live, what);
    if (note.state !== 'started' || isUnderWay(note, atWork)) continue;
    const outcome = await recover(live, what);
    await noteInPlace(folder, { ...note, state: outcome === 'exchanged' ? 'swapped' : 'failed' });
    if (outcome === 'exchanged') await clearExchanged(live, what);
  }
}

function storedExchange({ swaps, views, mark }: Exchange): Pick<InPlaceNote, 'swaps' | 'views' | 'mark'> {
  const base64 = (bytes: Uint8Array | undefined): string | undefined =>
    bytes && Buffer.from(bytes).toString('base64');
  return {
    swaps,
    views: views.map(({ ns, was, is }) => ({ ns: formatNamespace(ns), was: base64(was), is: base64(is) })),
    mark: mark && formatNamespace(mark),
  };
}

function exchangeOf({ swaps, views = [], mark }: InPlaceNote): Exchange {
  const bytes = (base64: string | undefined): Uint8Array | undefined =>
    base64 === undefined ? undefined : Uint8Array.from(Buffer.from(base64, 'base64'));
  return {
    swaps: swaps.map(({ ns, safetyCopy, temporary, timeseries = false }) => ({
      ...{ ns, safetyCopy, temporary, timeseries },
    })),
    views: views.flatMap(({ ns, was, is }) => {
      const namespace = parseNamespace(ns);
      return namespace ? [{ ns: namespace, was: bytes(was), is: bytes(is) }] : [];
    }),
    mark: mark === undefined ? undefined : parseNamespace(mark),
  };
}

/** Of two in one second each needs names of its own. */
async function freeStamp(folder: string): Promise<string> {
  const taken = new Set((await readInPlaceNotes(folder)).map((note) => note.id));
  const now = stampOfNow();
  let stamp = now;
  for (let n = 2; taken.has(idOf(stamp)); n++) stamp = `${now}_${n}`;
  return stamp;
}

function idOf(stamp: string): string {
  return `inplace-${stamp}`;
}

function safetyCopiesOf(swaps: InPlaceNote['swaps']): InPlaceReport['safetyCopies'] {
  return swaps.flatMap(({ ns, safetyCopy }) => (safetyCopy === undefined ? [] : [{ ns, safetyCopy }]));
}

function inPlaceReport({
  id,
  at,
  createdMs,
  state,
  swaps,
}: Omit<InPlaceNote, 'pid' | 'host'>): InPlaceReport {
  return { id, at, createdMs, state, safetyCopies: safetyCopiesOf(swaps) };
}
